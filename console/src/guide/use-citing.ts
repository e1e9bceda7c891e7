import { useCallback, useState } from 'react'
import { CiteArticleDocument } from '../../gql/graphql.ts'
import { useConsole } from '../console.ts'
import { useNotices } from './use-notices.ts'

export type Citing = 'CITING' | 'CITED' | 'NOT_CITED'

/** Keeps citations, and by article what became of the last one. Citing again is citing it as it is by then: a retry does no harm. */
export const useCiting = (conversationId: string, onCited: () => void) => {
  const { client } = useConsole()
  const { settle } = useNotices()
  const [states, setStates] = useState<ReadonlyMap<string, Citing>>(new Map())
  const cite = useCallback(async (articleId: string): Promise<void> => {
    const become = (state: Citing) => setStates((was) => new Map(was).set(articleId, state))
    become('CITING')
    const { data } = await client.mutate({ mutation: CiteArticleDocument, variables: { conversationId, articleId }, fetchPolicy: 'no-cache', errorPolicy: 'all' }).catch(() => ({ data: undefined }))
    const citation = data?.citeArticle?.citation
    become(citation ? 'CITED' : 'NOT_CITED')
    if (!citation) return
    settle(citation)
    onCited()
  }, [client, conversationId, settle, onCited])
  return { states, cite }
}
