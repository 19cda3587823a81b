// What the services view remembers.

export type ServicesState = { selected: string | null }

export const servicesInit: ServicesState = { selected: null }
