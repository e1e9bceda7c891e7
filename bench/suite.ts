import type { Report } from './report.ts'

/** What was given on the command line, by the names of a suite's options. */
export type Given = Readonly<Record<string, unknown>>

export type Suite = {
  /** Its own, in `parseArgs`'s words. What they may be, and what they are where they are not given, is the suite's to say. */
  readonly options?: Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>
  run(given: Given): Promise<Report>
}
