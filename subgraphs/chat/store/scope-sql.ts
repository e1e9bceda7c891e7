import type { ConversationScope } from '../../visibility.ts'

/** A statement's parameters, numbered as they are added. */
export type Parameters = { readonly values: unknown[]; add(value: unknown): string }

export const openParameters = (...first: readonly unknown[]): Parameters => {
  const values = [...first]
  return {
    values,
    add: (value) => {
      values.push(value)
      return `$${values.length}`
    },
  }
}

const escapeLike = (text: string): string => text.replaceAll(/[\\%_]/g, (character) => `\\${character}`)

/** `text` anywhere within a value. */
export const within = (text: string): string => `%${escapeLike(text)}%`

/** At `path` or below it, as `isAtOrBelow` says it. `c` is the conversation. */
export const atOrBelow = (path: string, parameters: Parameters): string =>
  `(c.department_path = ${parameters.add(path)} OR c.department_path LIKE ${parameters.add(`${escapeLike(path)}/%`)})`

/** The condition on a conversation's row `c` that `isInScope` is of a conversation. */
export const inScope = (scope: ConversationScope, parameters: Parameters): string => {
  switch (scope.kind) {
    case 'none':
      return 'false'
    case 'all':
      return 'true'
    case 'own':
      return `c.visitor_id = ${parameters.add(scope.visitorId)}`
    case 'departments': {
      const { agentId, departments } = scope
      const given = agentId === null ? [] : [`c.agent_id = ${parameters.add(agentId)}`, `c.offered_to = ${parameters.add(agentId)}`]
      const conditions = [...given, ...departments.map((path) => atOrBelow(path, parameters))]
      return conditions.length === 0 ? 'false' : `(${conditions.join(' OR ')})`
    }
  }
}
