// How an exported conversation names itself in its first line, for whoever reads it. A later minor
// version may add fields and kinds of lines; what means something else gets a new major one.

export const EXPORT_FORMAT = 'tidings-conversation'
export const EXPORT_MAJOR = 1
export const EXPORT_MINOR = 0
