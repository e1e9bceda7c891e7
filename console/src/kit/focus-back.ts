import { useEffect, useRef, useState } from 'react'

/** A menu's item is gone by the time that what it opened closes; its button is not. */
const placeOf = (element: Element | null): HTMLElement | null => {
  const buttonId = element?.closest('[role="menu"]')?.getAttribute('aria-labelledby') ?? null
  const place = buttonId === null ? element : document.getElementById(buttonId)
  return place instanceof HTMLElement ? place : null
}

/** Nobody has the focus: what had it is gone. */
export const isFocusLost = (): boolean => document.activeElement === null || document.activeElement === document.body

/** What had the focus when this came has it again when this goes, unless somebody took it elsewhere. */
export const useFocusBack = () => {
  const [place] = useState(() => placeOf(document.activeElement))
  useEffect(() => () => {
    if (isFocusLost() && place?.isConnected) place.focus({ preventScroll: true })
  }, [place])
}

/** What had the focus may be gone with the last step of a form: what `ref` is given to has it then. */
export const useFocusInPlace = <E extends HTMLElement>(step: string) => {
  const place = useRef<E>(null)
  const before = useRef(step)
  useEffect(() => {
    if (before.current === step) return
    before.current = step
    if (isFocusLost()) place.current?.focus({ preventScroll: true })
  }, [step])
  return place
}
