import type { CannedRepliesQuery } from '../../gql/graphql.ts'

export type CannedReply = NonNullable<CannedRepliesQuery['cannedReplies']>[number]

/** What an input of `/…` asks for; null where it is none. */
export const cannedSearch = (text: string): string | null => (/^\/[^\s/]*$/u.test(text) ? text.slice(1).toLowerCase() : null)

/** By shortcut first, then by words of the text and by the initials of its Pinyin. `initialsOf` gives those of a text. */
export const findCanned = (all: readonly CannedReply[], search: string, initialsOf: (text: string) => string): readonly CannedReply[] => {
  const rank = ({ shortcut, body }: CannedReply): number => {
    const short = shortcut.toLowerCase()
    if (short.startsWith(search)) return 0
    if (short.includes(search)) return 1
    if (body.toLowerCase().includes(search)) return 2
    return initialsOf(`${shortcut}${body}`).includes(search) ? 3 : 4
  }
  return all.map((reply) => ({ reply, rank: rank(reply) })).filter((one) => one.rank < 4)
    .sort((a, b) => a.rank - b.rank || (a.reply.shortcut < b.reply.shortcut ? -1 : 1)).map(({ reply }) => reply)
}

/** With the names that it leaves open: `{visitor}` and `{agent}`. */
export const fillCanned = (body: string, names: { readonly visitor: string; readonly agent: string }): string =>
  body.replaceAll('{visitor}', () => names.visitor).replaceAll('{agent}', () => names.agent)
