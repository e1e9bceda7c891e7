import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cleanMarkdown } from '../../subgraphs/knowledge/clean-markdown.ts'

describe('cleanMarkdown', () => {
  const cases: Readonly<Record<string, readonly [exported: string, markdown: string]>> = {
    'an anchor goes with its line': ['<a name="Y40dy"></a>\n## 标题\ntext', '## 标题\ntext'],
    'an anchor within a line goes alone': ['## <a name="x"></a>标题', '## 标题'],
    'a break is a hard line break': ['one<br />two<br>three', 'one\\\ntwo\\\nthree'],
    'a break at the end of a line is none': ['one<br />\ntwo<br/>', 'one\ntwo'],
    'a line of breaks is none': ['one\n\n<br /><br />\n\ntwo', 'one\n\n\ntwo'],
    'a break in a table is a space': ['| a<br />b | c |\n| --- | --- |', '| a b | c |\n| --- | --- |'],
    'a break in a heading is a space': ['## a<br />b', '## a b'],
    'a break makes no block out of what follows it': ['a<br /># b<br />- c<br />1. d<br />---<br />> e', 'a # b - c 1. d --- > e'],
    'a break keeps a list item together': ['- a<br />**b**', '- a\\\n**b**'],
    'colours and sizes go, and their words stay': ['<font style="color:#DF2A3F;">红</font> <span class="x">a</span> <u>b</u>', '红 a b'],
    'a space that does not break is that sign': ['a&nbsp;b', 'a\u00a0b'],
    'a code span stays as it is': ['a<br />`<br /> <a name="x"></a> &nbsp;` b', 'a\\\n`<br /> <a name="x"></a> &nbsp;` b'],
    'a code span of two ticks stays as it is': ['`` <br /> ``<u>x</u>', '`` <br /> ``x'],
    'code in a fence stays as it is': ['```html\n<br />&nbsp;\n\n\n\n<a name="x"></a>\n```\na<br />b', '```html\n<br />&nbsp;\n\n\n\n<a name="x"></a>\n```\na\\\nb'],
    'a shorter or another fence does not end one': ['````\n```\n~~~\n<br />\n````\n<u>a</u>', '````\n```\n~~~\n<br />\n````\na'],
    'a fence in a list or a quote is one': ['- ```\n  <br />\n  ```\n> ~~~\n> <br />\n> ~~~\n<u>a</u>', '- ```\n  <br />\n  ```\n> ~~~\n> <br />\n> ~~~\na'],
    'a fence that nobody ends goes to the end': ['```\n<br />', '```\n<br />'],
    'what is no tag stays': ['a < b, <https://example.com>, <brx>, <a href="x">y</a>, x<5', 'a < b, <https://example.com>, <brx>, <a href="x">y</a>, x<5'],
    'a link whose words are within it stays': ['<a name="x">y</a>', '<a name="x">y</a>'],
    'lines of Windows are lines': ['a\r\n<a name="x"></a>\r\nb', 'a\nb'],
    'what is indented stays so': ['    code\n\n  - a', '    code\n\n  - a'],
    'nothing is nothing': ['', ''],
  }
  for (const [title, [exported, markdown]] of Object.entries(cases)) test(title, () => assert.equal(cleanMarkdown(exported), markdown))

  const long: readonly string[] = [
    '`'.repeat(1_000_000), '`a ``'.repeat(200_000), '<a name="'.repeat(100_000), `<a${' '.repeat(1_000_000)}`, `${'<br'.repeat(300_000)}${' '.repeat(300_000)}`,
    '<font '.repeat(200_000), `${' '.repeat(1_000_000)}x`, '> '.repeat(500_000), '- '.repeat(500_000), '```\n'.repeat(250_000), 'a<br/>'.repeat(200_000),
  ]
  for (const text of long) {
    test(`a long article of ${JSON.stringify(text.slice(0, 9))} is read in a second`, () => {
      const startedAt = performance.now()
      cleanMarkdown(text)
      assert.ok(performance.now() - startedAt < 1_000)
    })
  }
})
