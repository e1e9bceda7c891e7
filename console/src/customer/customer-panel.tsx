export type CustomerPanelProps = {
  /** Null for a visitor whom no backend knows. */
  readonly customerId: string | null
  /** The order that the conversation is about. */
  readonly orderId: string | null
  readonly onOpen: (conversationId: string) => void
}

export const CustomerPanel = (_: CustomerPanelProps) => null
