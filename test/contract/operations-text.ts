import { readFile } from 'node:fs/promises'

/** A heading's anchor, as GitHub makes it: lower case, without punctuation, dashes for spaces. */
const anchorOf = (heading: string): string =>
  heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').trim().replaceAll(/\s/g, '-')

/** The anchors of a Markdown file. */
export const headingsOf = async (file: string): Promise<ReadonlySet<string>> => {
  const text = await readFile(file, 'utf8')
  return new Set([...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => anchorOf(heading)))
}

/** The first cells of the tables of one section, without their backticks. */
export const firstCellsOf = async (file: string, heading: string): Promise<readonly string[]> => {
  const text = await readFile(file, 'utf8')
  const [, rest = ''] = text.split(`\n## ${heading}\n`)
  const [section = ''] = rest.split('\n## ')
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, cell = '']) => cell)
}
