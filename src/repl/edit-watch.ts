// Notices that keys changed the line being typed, and tells so once for keys that came together.

export interface EditWatchInit {
  /** The line as it is now. */
  readonly line: () => string
  readonly edited: (line: string) => void
}

export class EditWatch {
  readonly #init: EditWatchInit
  #known = ''
  #isTelling = false

  constructor(init: EditWatchInit) {
    this.#init = init
  }

  /** A key was pressed; it is not handled yet. */
  pressed(): void {
    if (this.#isTelling) return
    this.#isTelling = true
    setImmediate(() => {
      this.#isTelling = false
      const line = this.#init.line()
      if (line === this.#known) return
      this.#known = line
      this.#init.edited(line)
    })
  }

  /** The line became this in another way: nobody need be told. */
  is(line: string): void {
    this.#known = line
  }
}
