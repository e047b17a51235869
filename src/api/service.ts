// What the command line and the daemon agree on about services: a profile's node, kept running by
// the manager of services that each user of the system has.

export interface ServiceState {
  readonly manager: 'systemd' | 'launchd'
  /** As the manager calls it. */
  readonly unit: string
  /** The file that describes it to the manager. */
  readonly file: string
  readonly installed: boolean
  /** It starts when the user logs in. */
  readonly enabled: boolean
  /** `restarting`: it failed, and is started again in a moment. */
  readonly state: 'running' | 'starting' | 'restarting' | 'stopped' | 'failed'
  readonly pid: number | null
  /** How it ended last; null while it runs, where a signal ended it, or when nobody knows. */
  readonly exitCode: number | null
  /** It runs while the user is logged out too; null where there is no such thing. */
  readonly lingers: boolean | null
}

/** What runs as the service of a profile, everything absolute. */
export interface ServiceCommand {
  readonly profile: string
  /** What makes the name of a file, unique to the profile. */
  readonly folder: string
  /** The program and its arguments. */
  readonly args: readonly string[]
  /** Variables that the program needs to find the same folders. */
  readonly env: Readonly<Record<string, string>>
  /** The profile's own folder: without it, nothing is started. */
  readonly data: string
  readonly log: string
}

export interface Service {
  /** @throws `service_failed` when the manager cannot be asked */
  state(): Promise<ServiceState>
  /**
   * Puts the file in place and has it started at login.
   *
   * @returns whether the file was another one before, or none
   * @throws `service_failed`, `file_exists` for that of another home, `file_unusable`
   */
  install(): Promise<boolean>
  /** Starts it, anew with `again`. @throws `service_failed` */
  start(again: boolean): Promise<void>
  /** Ends it and takes the file away; false when there was none. @throws as `install` */
  uninstall(): Promise<boolean>
  /** Where to look when it does not start. */
  readonly trouble: string
}
