// One request at a time: while it is on its way only the newest wish is kept, and is next.

export class NewestOnly<Wish> {
  readonly #carryOut: (wish: Wish) => Promise<void>
  #busy = false
  #next: { wish: Wish } | null = null

  /** `carryOut` must not reject. */
  constructor(carryOut: (wish: Wish) => Promise<void>) {
    this.#carryOut = carryOut
  }

  want(wish: Wish): void {
    this.#next = { wish }
    if (!this.#busy) void this.#run()
  }

  /** What was wished for and not begun is wanted no more. */
  forget(): void {
    this.#next = null
  }

  async #run(): Promise<void> {
    this.#busy = true
    while (this.#next !== null) {
      const { wish } = this.#next
      this.#next = null
      await this.#carryOut(wish)
    }
    this.#busy = false
  }
}
