import { useEffect, useEffectEvent } from 'react'

/** By key, as `KeyboardEvent.key` says it; `g i` is one after the other. */
export type Keys = Readonly<Record<string, () => void>>

const sequenceMs = 1_000

/** A dialog or a menu that has just opened may not have the focus yet: the first letters are meant for it. */
export const isCovered = (): boolean => document.querySelector('[role="dialog"], [role="menu"]') !== null

/** Enter on a button presses it, whatever it does elsewhere. */
const isPress = ({ target, key }: KeyboardEvent): boolean => key === 'Enter' && target instanceof Element && target.closest('button, a, summary') !== null

/** Whoever writes, or chooses in a menu, is not disturbed. */
const isTaken = (event: KeyboardEvent): boolean => {
  const { target, ctrlKey, metaKey, altKey, isComposing, defaultPrevented } = event
  return defaultPrevented || ctrlKey || metaKey || altKey || isComposing || isCovered() || isPress(event)
    || (target instanceof HTMLElement && (target.isContentEditable || target.closest('input, textarea, select, [role="dialog"], [role="menu"], [role="listbox"]') !== null))
}

/** Single keys of a view, while it is there. */
export const useKeys = (keys: Keys) => {
  const runOf = useEffectEvent((key: string) => keys[key])
  useEffect(() => {
    let before: { readonly key: string; readonly at: number } | null = null
    const onKeyDown = (event: KeyboardEvent) => {
      if (isTaken(event)) return
      const prefix = before && event.timeStamp - before.at < sequenceMs ? `${before.key} ` : ''
      before = { key: event.key, at: event.timeStamp }
      const run = runOf(`${prefix}${event.key}`) ?? (prefix === 'g ' ? undefined : runOf(event.key))
      if (!run) return
      before = null
      event.preventDefault()
      run()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [])
}
