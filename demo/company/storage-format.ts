/**
 * Confluence's storage format: XHTML with elements of its own. What is handed in is XHTML already (`&amp;`, `<strong>`), but for
 * the text of `code`, which is text.
 */
export const heading = (text: string): string => `<h2>${text}</h2>`

export const paragraph = (text: string): string => `<p>${text}</p>`

export const bullets = (...items: readonly string[]): string => `<ul>${listItems(items)}</ul>`

export const steps = (...items: readonly string[]): string => `<ol>${listItems(items)}</ol>`

export const table = (head: readonly string[], ...rows: readonly (readonly string[])[]): string =>
  `<table class="wrapped"><colgroup>${'<col />'.repeat(head.length)}</colgroup><tbody>`
  + `<tr>${head.map((cell) => `<th>${cell}</th>`).join('')}</tr>`
  + rows.map((row) => `<tr>${row.map((cell) => `<td><p>${cell}</p></td>`).join('')}</tr>`).join('')
  + '</tbody></table>'

export const code = (language: string, text: string): string =>
  `<ac:structured-macro ac:name="code" ac:schema-version="1"><ac:parameter ac:name="language">${language}</ac:parameter>`
  // A CDATA section can't hold its own end: it is cut in two there.
  + `<ac:plain-text-body><![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]></ac:plain-text-body></ac:structured-macro>`

export const panel = (kind: 'info' | 'note' | 'warning', text: string): string =>
  `<ac:structured-macro ac:name="${kind}" ac:schema-version="1"><ac:rich-text-body><p>${text}</p></ac:rich-text-body></ac:structured-macro>`

export const pageLink = (title: string, text: string): string =>
  `<ac:link><ri:page ri:content-title="${title}" /><ac:plain-text-link-body><![CDATA[${text}]]></ac:plain-text-link-body></ac:link>`

const listItems = (items: readonly string[]) => items.map((item) => `<li>${item}</li>`).join('')
