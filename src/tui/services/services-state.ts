// What the services view remembers: how busy each process was, and which one is looked at.

export type ServicesState = {
  /** Instance of the selected process. */
  selected: string | null
  /** Percent of a core, second by second, the newest last. */
  cpu: { [instance: string]: number[] }
}

export const servicesInit: ServicesState = { selected: null, cpu: {} }
