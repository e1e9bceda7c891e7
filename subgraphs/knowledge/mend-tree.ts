import type { BlockContent, DefinitionContent, Nodes, PhrasingContent } from 'mdast'

/**
 * Makes a tree that came out of broken HTML one that Markdown can hold; changes it in place. Where it could not, text is written without its escapes, and
 * a sample's tags are HTML.
 *
 * - Headings, table cells and paragraphs are a single line, though a wiki puts lists, tables and code samples into them. A block there becomes its
 *   words, and a sample code within the line.
 * - Words that stand in a list item, a quote or the article itself become a paragraph.
 */
export const mendTree = (tree: Nodes): void => {
  if (tree.type === 'paragraph' || tree.type === 'heading' || tree.type === 'tableCell') {
    tree.children = inLine(tree.children)
    return
  }
  if (tree.type === 'root' || tree.type === 'listItem' || tree.type === 'blockquote') tree.children = inBlocks(tree.children)
  if ('children' in tree) tree.children.forEach(mendTree)
}

type Block = BlockContent | DefinitionContent

const inBlocks = (nodes: readonly Nodes[]): Block[] => {
  const blocks: Block[] = []
  let line: PhrasingContent[] = []
  const endLine = () => {
    if (line.length > 0) blocks.push({ type: 'paragraph', children: line })
    line = []
  }
  for (const node of nodes) {
    if (isSound(node)) {
      endLine()
      blocks.push(node)
    } else {
      line.push(...toPhrasing(node))
    }
  }
  endLine()
  return blocks
}

/** Blocks whose place this is; anything else (words, a cell without its table) is words. */
const isSound = (node: Nodes): node is Block =>
  ['paragraph', 'heading', 'blockquote', 'code', 'thematicBreak', 'definition', 'footnoteDefinition'].includes(node.type)
  || (node.type === 'list' && haveType(node.children, 'listItem'))
  || (node.type === 'table' && haveType(node.children, 'tableRow') && node.children.every(({ children }) => haveType(children, 'tableCell')))

/** What comes out of broken HTML does not keep to its own types. */
const haveType = (nodes: readonly Nodes[], type: string) => nodes.every((node) => node.type === type)

const inLine = (nodes: readonly Nodes[]): PhrasingContent[] => {
  const line: PhrasingContent[] = []
  let apart = false
  for (const node of nodes) {
    const words = toPhrasing(node)
    if (words.length === 0) continue
    if (line.length > 0 && (apart || isBlock(node))) line.push({ type: 'text', value: ' ' })
    line.push(...words)
    apart = isBlock(node)
  }
  return line
}

const isBlock = ({ type }: Nodes) => !['text', 'inlineCode', 'break', 'image', 'emphasis', 'strong', 'delete', 'link'].includes(type)

const toPhrasing = (node: Nodes): PhrasingContent[] => {
  if (node.type === 'text' || node.type === 'inlineCode' || node.type === 'break' || node.type === 'image') return [node]
  if (node.type === 'emphasis' || node.type === 'strong' || node.type === 'delete' || node.type === 'link') return [{ ...node, children: inLine(node.children) }]
  if (node.type === 'code') return [{ type: 'inlineCode', value: node.value.replaceAll(/\s*\n\s*/g, ' ') }]
  return 'children' in node ? inLine(node.children) : []
}
