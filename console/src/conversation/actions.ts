import { AcceptConversationDocument, AddLabelsDocument, CloseConversationDocument, RemoveLabelsDocument, ReopenConversationDocument, TransferConversationDocument } from '../../gql/graphql.ts'
import type { ConversationRowFragment, RefusalFragment, TransferConversationInput } from '../../gql/graphql.ts'
import type { Console } from '../console.ts'
import { withAnswer } from '../inbox/inbox.ts'

/** What came of it: `code` is a `UserErrorCode`, or `other` where the hub did not do it for another reason. */
export type Outcome =
  | { readonly is: 'DONE'; readonly conversation: ConversationRowFragment }
  | { readonly is: 'REFUSED'; readonly code: RefusalFragment['code'] | 'other' }

type Payload = { readonly conversation: ConversationRowFragment | null; readonly userErrors: readonly RefusalFragment[] } | null | undefined

const settle = async ({ desk }: Console, asked: Promise<Payload>): Promise<Outcome> => {
  try {
    const payload = await asked
    const refusal = payload?.userErrors[0]
    const conversation = payload?.conversation
    if (refusal || !conversation) return { is: 'REFUSED', code: refusal?.code ?? 'other' }
    desk?.inbox.set((was) => withAnswer(was, conversation))
    return { is: 'DONE', conversation }
  } catch {
    return { is: 'REFUSED', code: 'other' }
  }
}

export const accept = (desk: Console, id: string) =>
  settle(desk, desk.client.mutate({ mutation: AcceptConversationDocument, variables: { id } }).then(({ data }) => data.acceptConversation))

export const close = (desk: Console, id: string) =>
  settle(desk, desk.client.mutate({ mutation: CloseConversationDocument, variables: { id } }).then(({ data }) => data.closeConversation))

export const reopen = (desk: Console, id: string) =>
  settle(desk, desk.client.mutate({ mutation: ReopenConversationDocument, variables: { id } }).then(({ data }) => data.reopenConversation))

export const transfer = (desk: Console, input: TransferConversationInput) =>
  settle(desk, desk.client.mutate({ mutation: TransferConversationDocument, variables: { input } }).then(({ data }) => data.transferConversation))

export const addLabel = (desk: Console, conversationId: string, label: string) =>
  settle(desk, desk.client.mutate({ mutation: AddLabelsDocument, variables: { conversationId, labels: [label] } }).then(({ data }) => data.addLabels))

export const removeLabel = (desk: Console, conversationId: string, label: string) =>
  settle(desk, desk.client.mutate({ mutation: RemoveLabelsDocument, variables: { conversationId, labels: [label] } }).then(({ data }) => data.removeLabels))
