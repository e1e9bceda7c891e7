import type { RefObject } from 'react'
import type { ComposerHandle } from '../conversation/composer.tsx'
import type { Transcript } from '../conversation/transcript.ts'
import { CustomerPanel } from '../customer/customer-panel.tsx'
import { GuidePanel } from '../guide/guide-panel.tsx'
import { go } from '../app/route.ts'
import styles from './aside.module.css'

type AsideProps = { readonly conversationId: string; readonly transcript: Transcript; readonly composer: RefObject<ComposerHandle | null> }

/** What belongs to a conversation: why it is here and what is known about it, and whom it is with. */
const Aside = ({ conversationId, transcript: { conversation }, composer }: AsideProps) => (
  <aside className={styles.aside}>
    <GuidePanel conversationId={conversationId} revision={conversation?.lastPosition ?? 0} onInsert={(text) => composer.current?.insert(text)} />
    <CustomerPanel customerId={conversation?.customer?.id ?? null} orderId={null} onOpen={(id) => go({ at: 'INBOX', conversationId: id })} />
  </aside>
)

export default Aside
