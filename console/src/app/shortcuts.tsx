import { Modal } from '@mantine/core'
import { useFocusBack } from '../kit/focus-back.ts'
import { useWords } from '../words/words.ts'
import styles from './shortcuts.module.css'

/** Each shortcut and what it does. */
export const Shortcuts = ({ onClose }: { readonly onClose: () => void }) => {
  const { frame } = useWords()
  const { keys } = frame
  useFocusBack()
  const rows = [
    ['j / k', keys.move], ['o / ↵', keys.enter], ['a', keys.accept], ['r', keys.reply], ['n', keys.note], ['/', keys.canned], ['e', keys.close], ['t', keys.transfer], ['l', keys.label], ['u', keys.undo], ['f', keys.find],
    ['[ / ]', keys.switchTalk], ['g i', keys.inbox], ['g m', keys.mine], ['g f', keys.fuses], ['Ctrl / ⌘ K', keys.palette], ['?', keys.help],
  ] as const
  return (
    <Modal opened onClose={onClose} title={frame.shortcuts} closeButtonProps={{ 'aria-label': frame.close }}>
      <dl className={styles.keys}>{rows.map(([key, does]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{does}</dd></div>)}</dl>
    </Modal>
  )
}
