/** One figure of a suite; `mark` is what it is held against. */
export type Row = {
  readonly measure: string
  readonly value: number
  readonly unit: string
  readonly mark?: string
  readonly met?: boolean
}

export type Report = {
  readonly title: string
  readonly rows: readonly Row[]
  /** What must hold did not: not a slow figure, a wrong one. The command then fails. */
  readonly broken?: boolean
}

const shown = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 2 : 1))

/** The same figures as `--json` writes, for people. */
export const printTable = ({ title, rows }: Report): string => {
  const width = Math.max(...rows.map(({ measure }) => measure.length))
  const lines = rows.map(({ measure, value, unit, mark, met }) => {
    const figure = `${shown(value)} ${unit}`.trim().padStart(14)
    const verdict = mark === undefined ? '' : `${mark.padEnd(16)} ${met ? 'met' : 'MISSED'}`
    return `  ${measure.padEnd(width)}  ${figure}   ${verdict}`.trimEnd()
  })
  return `\n${title}\n${lines.join('\n')}\n`
}
