// The file that tells a manager of services about a node: written whole, and only where it is not
// that of another home's profile of the same name.
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { TidingsError } from '../../core/errors.ts'

export class UnitFile {
  readonly name: string
  /** Stands in the file of this service, and in no other's. */
  readonly #mark: string

  constructor(name: string, mark: string) {
    this.name = name
    this.#mark = mark
  }

  async exists(): Promise<boolean> {
    return (await this.#read())?.includes(this.#mark) === true
  }

  /** @returns whether it was another one before, or none. @throws `file_exists`, `file_unusable` */
  async write(text: string): Promise<boolean> {
    const before = await this.#read()
    if (before === text) return false
    this.#assertOwn(before)
    const temporary = `${this.name}.${randomUUID()}`
    try {
      await mkdir(path.dirname(this.name), { recursive: true })
      await writeFile(temporary, text, { mode: 0o644 })
      await rename(temporary, this.name)
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {})
      throw unusable(this.name, error)
    }
    return true
  }

  /** Safe when there is none. @throws `file_exists`, `file_unusable` */
  async remove(): Promise<void> {
    this.#assertOwn(await this.#read())
    try {
      await rm(this.name, { force: true })
    } catch (error) {
      throw unusable(this.name, error)
    }
  }

  async #read(): Promise<string | undefined> {
    try {
      return await readFile(this.name, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw unusable(this.name, error)
    }
  }

  #assertOwn(text: string | undefined): void {
    if (text === undefined || text.includes(this.#mark)) return
    const words = 'is the service of another folder, or not one of tidings; remove it first'
    throw new TidingsError('file_exists', `${this.name} ${words}`)
  }
}

function unusable(file: string, cause: unknown): TidingsError {
  const { code } = cause as NodeJS.ErrnoException
  return new TidingsError('file_unusable', `${file} cannot be used (${code})`, { cause })
}
