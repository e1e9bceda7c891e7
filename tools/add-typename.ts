import { addTypenameSelectionDocumentTransform } from '@graphql-codegen/client-preset'

/**
 * A document transform of graphql-codegen: every selection asks for `__typename`. The caches of Apollo Client and urql add it
 * to what they send, and a text that is to be found by its hash must not change on the way.
 */
export const { transform } = addTypenameSelectionDocumentTransform
