import { storageToMarkdown } from '../../subgraphs/knowledge/markdown.ts'

/*
 * Articles in Yuque's two shapes. They were written in a wiki's storage format, and are here as if somebody had pasted them into Yuque's editor.
 */

/** Yuque's own export of a document as Markdown: an anchor before each heading, line breaks and colours as HTML; code as it is. */
export const lakeMarkdown = (storage: string): string => {
  let headings = 0
  return storageToMarkdown(storage)
    .split(/(^```[\s\S]*?^```$)/m)
    .map((part, at) => (at % 2 === 1 ? part : part
      .replaceAll(/^(#+ .*)$/gm, (heading) => `<a name="h${(headings += 1)}x"></a>\n${heading}<br />`)
      .replaceAll(/\*\*([^*\n]+)\*\*/g, '**<font style="color:#DF2A3F;">$1</font>**')))
    .join('')
}

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const codeMacro = /<ac:structured-macro ac:name="code"[^>]*><ac:parameter ac:name="language">(\w+)<\/ac:parameter><ac:plain-text-body><!\[CDATA\[(.*?)\]\]><\/ac:plain-text-body><\/ac:structured-macro>/gs
const panelMacro = /<ac:structured-macro ac:name="(\w+)"[^>]*><ac:rich-text-body>(.*?)<\/ac:rich-text-body><\/ac:structured-macro>/gs
const pageLink = /<ac:link>.*?<!\[CDATA\[(.*?)\]\]>.*?<\/ac:link>/gs

/** What the API gives as `body_html`. */
export const lakeHtml = (storage: string): string => `<!doctype html><div class="lake-content" typography="classic">${storage
  .replaceAll(codeMacro, (_, language: string, text: string) =>
    `<pre data-language="${language}" id="c1" class="ne-codeblock language-${language}"><code>${escape(text.replaceAll(']]]]><![CDATA[>', ']]>'))}</code></pre>`)
  .replaceAll(panelMacro, '<div class="ne-alert" data-type="$1">$2</div>')
  .replaceAll(pageLink, '<span class="ne-text">$1</span>')
  .replaceAll('<p>', '<p id="u1" class="ne-p">')}</div>`
