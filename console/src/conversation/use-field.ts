import { useLayoutEffect, useRef, useState } from 'react'
import { useStore } from '../store.ts'
import { noDraft } from './drafts.ts'
import type { Drafts } from './drafts.ts'
import type { Draft } from './shelf.ts'

const mostPx = 220

/**
 * The field that is written in is the browser's own: its value is read, and only written where nobody composes, as a value that is replaced ends what an input method has begun.
 * What is in it is the conversation's draft.
 */
export const useField = (drafts: Drafts, conversationId: string) => {
  const field = useRef<HTMLTextAreaElement>(null)
  const draft = useStore(drafts.all, (all) => all.get(conversationId)) ?? noDraft
  const [start] = useState(draft)
  const keep = (change: Partial<Draft>) => drafts.set(conversationId, { ...(drafts.all.get().get(conversationId) ?? noDraft), ...change })
  const grow = (element: HTMLTextAreaElement) => {
    element.style.height = 'auto'
    element.style.height = `${Math.min(element.scrollHeight, mostPx)}px`
  }
  const write = (text: string, caret = text.length) => {
    const element = field.current
    if (!element) return
    element.value = text
    element.setSelectionRange(caret, caret)
    grow(element)
    keep({ text, caret })
  }
  const insert = (added: string) => {
    const element = field.current
    if (!element) return
    const { value, selectionStart, selectionEnd } = element
    write(value.slice(0, selectionStart) + added + value.slice(selectionEnd), selectionStart + added.length)
    element.focus()
  }
  /** Keeps what is in the field, and gives it. */
  const read = (): string => {
    const element = field.current
    if (!element) return ''
    const { value: text, selectionStart: caret } = element
    if (text !== draft.text) grow(element)
    if (text !== draft.text || caret !== draft.caret) keep({ text, caret })
    return text
  }
  useLayoutEffect(() => {
    const element = field.current
    if (!element) return
    element.setSelectionRange(start.caret, start.caret)
    grow(element)
  }, [start])
  return { field, draft, start, keep, write, insert, read }
}
