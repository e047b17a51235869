// A measure over more and more nodes, as one table: a row for each thing that was measured, a
// column for each size.
export type Row = Readonly<Record<string, string>>

/** A part of all pairs, as rows of such a table. */
export const SHARES = { half: 0.5, '90 %': 0.9, '99 %': 0.99, all: 1 }

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** Measures each size after the other, and prints the table. */
export async function curve(
  sizes: readonly number[],
  row: (nodes: number) => Promise<Row>,
): Promise<void> {
  const table: Record<string, Record<string, string>> = {}
  for (const nodes of sizes) {
    for (const [name, value] of Object.entries(await row(nodes))) {
      ;(table[name] ??= {})[`${nodes} nodes`] = value
    }
    console.error(`${nodes} nodes: done`)
  }
  console.table(table)
}
