// An answer that is an error of the NATS services API.

export class Refusal extends Error {
  /** 400 a broken request, 404 nothing there, 503 too much to do, 507 the archive is damaged, 500 a bug. */
  readonly status: number

  constructor(status: number, detail: string) {
    super(detail)
    this.status = status
  }
}
