import { useWords } from '../words/words.ts'
import { Mark } from './mark.tsx'

const FuseBoard = () => {
  const words = useWords().fuses
  return (
    <header>
      <Mark size={32} />
      <h1>{words.title}</h1>
    </header>
  )
}

export default FuseBoard
