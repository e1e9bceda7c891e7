export type GuidePanelProps = {
  readonly conversationId: string
  /** Whoever shows the panel makes it another number when the conversation has changed, and the panel asks again. */
  readonly revision?: number
  readonly onInsert: (text: string, articleId: string | null) => void
}

export const GuidePanel = (_: GuidePanelProps) => null
