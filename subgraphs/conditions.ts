import { Kind, visit } from 'graphql'
import type { ASTNode } from 'graphql'

/** The names of the variables that decide what is selected, in any order that is always the same. */
export const conditionsIn = (nodes: readonly ASTNode[]): readonly string[] => {
  const found = new Set<string>()
  for (const node of nodes) {
    visit(node, {
      Directive: ({ name, arguments: given = [] }) => {
        if (name.value !== 'skip' && name.value !== 'include') return
        for (const { value } of given) if (value.kind === Kind.VARIABLE) found.add(value.name.value)
      },
    })
  }
  return [...found]
}
