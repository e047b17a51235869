// Notices that keys changed the line being typed, and tells so once for keys that came together.

export class EditWatch {
  readonly #source: { readonly line: string }
  readonly #edited: (line: string) => void
  #known = ''
  #isTelling = false

  constructor(source: { readonly line: string }, edited: (line: string) => void) {
    this.#source = source
    this.#edited = edited
  }

  /** A key was pressed; it is not handled yet. */
  pressed(): void {
    if (this.#isTelling) return
    this.#isTelling = true
    setImmediate(() => {
      this.#isTelling = false
      const { line } = this.#source
      if (line === this.#known) return
      this.#known = line
      this.#edited(line)
    })
  }

  /** The line became this in another way: nobody need be told. */
  is(line: string): void {
    this.#known = line
  }
}
