import { createTheme } from '@mantine/core'
import { useMemo } from 'react'
import { useWords } from '../words/words.ts'

/** Under strict contrast: the kit's blue is too light for white text. */
const look = {
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 8 },
  defaultRadius: 6,
  fontFamily: 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SFMono-Regular", Menlo, Consolas, "Noto Sans Mono CJK SC", monospace',
  cursorType: 'pointer',
  respectReducedMotion: true,
} as const

/** In the words of the language: what closes a notification has no name of its own. */
export const useTheme = () => {
  const { frame } = useWords()
  return useMemo(() => createTheme({
    ...look,
    components: {
      Notification: { defaultProps: { closeButtonProps: { 'aria-label': frame.close } } },
      // Nothing that is no item stands in a menu, and what scrolls is the list itself: else a screen reader finds neither.
      Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
      Select: { defaultProps: { withScrollArea: false, classNames: { options: 'scrolled' } } },
    },
  }), [frame])
}
