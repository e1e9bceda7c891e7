import { useQuery } from '@apollo/client/react'
import { useEffect, useImperativeHandle, useState } from 'react'
import type { Ref } from 'react'
import { CannedRepliesDocument } from '../../gql/graphql.ts'
import { useWords } from '../words/words.ts'
import styles from './canned-menu.module.css'
import { fillCanned, findCanned } from './canned.ts'

export type CannedMenuHandle = {
  /** True where the key was the menu's. */
  take(key: string): boolean
}

type CannedMenuProps = {
  readonly ref: Ref<CannedMenuHandle>
  readonly search: string
  readonly names: { readonly visitor: string; readonly agent: string }
  readonly onChoose: (text: string) => void
}

/** The dictionary is large, and nobody needs it before the first `/`. */
const useInitials = () => {
  const [initialsOf, setInitialsOf] = useState<(text: string) => string>(() => () => '')
  useEffect(() => {
    void import('pinyin-pro').then(({ pinyin }) => setInitialsOf(() => (text: string) => pinyin(text, { pattern: 'first', toneType: 'none' }).replaceAll(' ', '').toLowerCase()))
  }, [])
  return initialsOf
}

/** What `/` offers: it shows the filled-in text before it is taken. */
export const CannedMenu = ({ ref, search, names, onChoose }: CannedMenuProps) => {
  const { chat } = useWords()
  const { data } = useQuery(CannedRepliesDocument, { fetchPolicy: 'cache-and-network' })
  const initialsOf = useInitials()
  const found = findCanned(data?.cannedReplies ?? [], search, initialsOf).slice(0, 8)
  const [at, setAt] = useState(0)
  const [shownFor, setShownFor] = useState(search)
  if (shownFor !== search) {
    setShownFor(search)
    setAt(0)
  }
  const choose = (i: number) => {
    const reply = found[i]
    if (reply) onChoose(fillCanned(reply.body, names))
    return reply !== undefined
  }
  useImperativeHandle(ref, () => ({
    take: (key) => {
      if (key === 'ArrowDown' || key === 'ArrowUp') {
        setAt((was) => (found.length === 0 ? 0 : (was + (key === 'ArrowDown' ? 1 : found.length - 1)) % found.length))
        return true
      }
      return (key === 'Enter' || key === 'Tab') && choose(at)
    },
  }))
  return (
    <ul className={styles.menu} role="listbox" aria-label={chat.canned}>
      {found.length === 0 && <li className={styles.none} role="option" aria-selected={false}>{chat.noCanned}</li>}
      {found.map((reply, i) => (
        <li key={reply.id} role="option" aria-selected={i === at} onPointerDown={(event) => { event.preventDefault(); choose(i) }}>
          <strong>/{reply.shortcut}</strong> <span>{fillCanned(reply.body, names)}</span>
        </li>
      ))}
    </ul>
  )
}
