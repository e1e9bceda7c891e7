import { getOperationAST, Kind, OperationTypeNode, parse } from 'graphql'
import type { OperationDefinitionNode } from 'graphql'
import type { Caller } from '../subgraphs/context.ts'

/** Who shows no token. */
export const nobody: Caller = { id: '', name: '', role: 'NOBODY', departments: [], customerId: null, verified: false, issuedAt: 0 }

/** The one root field that needs no token: it gives one. */
const openField = 'openVisitorSession'
const maxTokens = 200
const maxCharacters = 4_000

const read = (text: string, operationName: string | null): OperationDefinitionNode | null => {
  try {
    return getOperationAST(parse(text, { maxTokens, noLocation: true }), operationName) ?? null
  } catch {
    return null
  }
}

/**
 * Whether a request asks for nothing but a visitor's session, so that nobody has to say who they are. All else is refused before it is looked at any
 * further. `text` is the document as it was sent; one that is named by its hash needs a token.
 */
export const asksOnlyForSession = (text: string | null, operationName: string | null): boolean => {
  if (text === null || text.length > maxCharacters) return false
  const operation = read(text, operationName)
  return operation?.operation === OperationTypeNode.MUTATION && operation.selectionSet.selections.every((one) => one.kind === Kind.FIELD && one.name.value === openField)
}
