import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Nodes } from 'mdast'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { htmlToMarkdown, storageToMarkdown } from '../../subgraphs/knowledge/markdown.ts'

const code = (text: string, language = 'bash') =>
  `<ac:structured-macro ac:name="code" ac:schema-version="1"><ac:parameter ac:name="language">${language}</ac:parameter>`
  + `<ac:plain-text-body><![CDATA[${text}]]></ac:plain-text-body></ac:structured-macro>`
const panel = (name: string, inner: string) => `<ac:structured-macro ac:name="${name}"><ac:rich-text-body>${inner}</ac:rich-text-body></ac:structured-macro>`

const article = `<h1>退款 &mdash; Refunds</h1><p>See <strong>this</strong>&nbsp;<em>first</em>.</p>${panel('info', '<p>Careful</p>')}<ul><li>one<ul><li>two</li></ul></li></ul>`
  + `<table><tbody><tr><th>Code</th><th>Meaning</th></tr><tr><td>1404</td><td>none</td></tr></tbody></table>${code('curl -v "x" | tee <a>')}`
  + '<p><ac:link><ri:page ri:content-title="Other" /><ac:plain-text-link-body><![CDATA[the other]]></ac:plain-text-link-body></ac:link></p>'

describe('storageToMarkdown', () => {
  const cases: Readonly<Record<string, readonly [storage: string, markdown: string]>> = {
    'headings stay headings': ['<h1>A</h1><h3>B</h3>', '# A\n\n### B'],
    'entities become their characters': ['<p>a&nbsp;b &mdash; &euro; &#20013; &#x1F600; &lt; &amp;</p>', 'a\u00A0b — € 中 😀 < &'],
    'emphasis stays': ['<p><strong>a</strong> <em>b</em> <code>c</code></p>', '**a** *b* `c`'],
    'lists nest': ['<ul><li>a<ol><li>b</li><li>c<ul><li>d</li></ul></li></ol></li><li>e</li></ul>', '- a\n\n  1. b\n  2. c\n     - d\n\n- e'],
    'tables stay tables': [
      '<table><tbody><tr><th>A</th><th>B</th></tr><tr><td>1|2</td><td><strong>x</strong></td></tr></tbody></table>',
      '| A    | B     |\n| ---- | ----- |\n| 1\\|2 | **x** |',
    ],
    'blocks in a table cell become its words': [
      `<table><tbody><tr><th>A</th></tr><tr><td><p>one</p><p>two</p>${code('a | b\n  c')}<ul><li>x</li><li>y</li></ul></td></tr></tbody></table>`,
      '| A                      |\n| ---------------------- |\n| one two `a \\| b c` x y |',
    ],
    'a sample in a heading is code in its line': [`<h2>see ${code('<a>')}</h2>`, '## see `<a>`'],
    'web links stay links': ['<p><a href="https://example.com/a?b=1&amp;c=2">here</a></p>', '[here](https://example.com/a?b=1\\&c=2)'],
    'a link to a page is its text': [
      '<p>see <ac:link><ri:page ri:content-title="T"/><ac:plain-text-link-body><![CDATA[a <b> & c]]></ac:plain-text-link-body></ac:link>.</p>', 'see a \\<b> & c.',
    ],
    'a link with a rich text is that': ['<p><ac:link><ri:page ri:content-title="T" /><ac:link-body>rich</ac:link-body></ac:link></p>', 'rich'],
    'a link without a text is the page\'s title': ['<p><ac:link><ri:page ri:content-title="API &amp; you" /></ac:link></p>', 'API & you'],
    'code keeps its language and every sign': [code('if (a < b && c > "d") {\n  *x* = 1 # &amp; <b>\n}', 'java'), '```java\nif (a < b && c > "d") {\n  *x* = 1 # &amp; <b>\n}\n```'],
    'code with backticks gets a longer fence': [code('```\nx\n```', ''), '````\n```\nx\n```\n````'],
    'code with ]]> in it is whole': [code('a]]]]><![CDATA[>b'), '```bash\na]]>b\n```'],
    'code that speaks of macros is code': [code('<ac:structured-macro ac:name="x"></ac:structured-macro>', 'xml'), '```xml\n<ac:structured-macro ac:name="x"></ac:structured-macro>\n```'],
    'code that speaks of scripts is code': [code('<script>x</script>', 'html'), '```html\n<script>x</script>\n```'],
    'panels are quotes': [panel('info', '<p>a</p>') + panel('warning', '<p>b</p>'), '> a\n\n> b'],
    'a panel in a panel is a quote in a quote': [panel('info', `<p>a</p>${panel('note', '<p>b</p>')}`), '> a\n>\n> > b'],
    'code in a panel is code in a quote': [panel('info', code('x')), '> ```bash\n> x\n> ```'],
    'another macro with a body is its body': [panel('expand', '<p>a</p>'), 'a'],
    'a macro without a body is nothing': ['<p>a</p><ac:structured-macro ac:name="toc"><ac:parameter ac:name="maxLevel">2</ac:parameter></ac:structured-macro><p>b</p>', 'a\n\nb'],
    'a macro that closes itself takes nothing with it': ['<p>a</p><ac:structured-macro ac:name="toc" /><p>b</p>', 'a\n\nb'],
    'scripts and styles are left out': ['<p>a</p><script>x()</script><style>p{}</style><iframe src="x">y</iframe><p>b</p>', 'a\n\nb'],
    'text that looks like Markdown is text': ['<p># a *b* [c](d) `e`</p>', '\\# a \\*b\\* \\[c]\\(d) \\`e\\`'],
    'an empty article is empty': ['', ''],
  }
  for (const [title, [storage, markdown]] of Object.entries(cases)) {
    test(title, () => assert.equal(storageToMarkdown(storage), markdown))
  }

  /** The first piece of HTML that a Markdown parser finds; null where there is none. */
  const htmlIn = (markdown: string): string | null => {
    const nodes: Nodes[] = [unified().use(remarkParse).use(remarkGfm).parse(markdown)]
    for (const node of nodes) {
      if (node.type === 'html') return node.value
      if ('children' in node) nodes.push(...node.children)
    }
    return null
  }

  const hostile = [
    '<img src=x onerror=alert(1)>', '<svg onload=alert(1)><circle/></svg>', '<p>&lt;img src=x onerror=alert(1)&gt;</p>', '<p>&lt;script&gt;x&lt;/script&gt;</p>',
    '<math><mtext><img src=x onerror=alert(1)></mtext></math>', '<video src=x onerror=alert(1)></video>', '<details open ontoggle=alert(1)>x</details>',
    '<scr<script></script>ipt>alert(1)</script>', '<!-- <img src=x onerror=alert(1)> -->', '<table><td><img onerror=x src=y>', '<noscript><img src=x onerror=y></noscript>',
    '<p><![CDATA[<img src=x onerror=alert(1)>]]></p>', '<textarea><img src=x onerror=y></textarea>', '<template><img src=x onerror=y></template>', '<plaintext><img src=x onerror=y>',
    '<title><img src=x onerror=y></title>', '<xmp><img src=x onerror=y></xmp>', '<noembed><img src=x onerror=y></noembed>', '<ac:link>&lt;img src=x onerror=y&gt;</ac:link>',
    '<p>\\&lt;img src=x onerror=y&gt;</p>', '<p>`&lt;img src=x onerror=y&gt;</p>', '<div a="</div>"><img src=x onerror=y>', '<h1><img alt="&lt;img src=x onerror=y&gt;" src="/a"/></h1>',
    '<ul>&lt;/x&gt; &lt;img src=x onerror=y&gt; ` *a*</ul>', '<ul><li>a</li>b &lt;img src=x onerror=y&gt;</ul>', '<li>b &lt;img src=x onerror=y&gt;', '<dl>x &lt;img src=x onerror=y&gt;</dl>',
    '<h1>a<pre>&lt;img src=x onerror=y&gt;</pre></h1>', '<h1>a<table><tr><td><pre>\n&lt;img src=x onerror=y&gt;\n\n&lt;a&gt;</pre></td></tr></table></h1>',
    '<table><tr><td><pre>x\n\n&lt;img src=x onerror=y&gt;</pre></td></tr></table>', '<a href="https://x"><pre>&lt;img src=x onerror=y&gt;\n\n&lt;a&gt;</pre></a>',
    '<ac:link><ri:page ri:content-title="&lt;img src=x onerror=y&gt;"/></ac:link>',
  ]
  for (const storage of hostile) {
    test(`no HTML comes out of ${storage}`, () => assert.equal(htmlIn(storageToMarkdown(storage)), null, storageToMarkdown(storage)))
  }

  for (const href of ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:alert(1)', 'java\tscript:alert(1)', '&#106;avascript:alert(1)', '\u0001javascript:alert(1)', 'vbscript:x', 'data:text/html,<script>x</script>', 'file:///etc/passwd']) {
    test(`a link to ${JSON.stringify(href)} is its text alone`, () => {
      assert.equal(storageToMarkdown(`<p><a href="${href}">here</a></p>`), 'here')
      assert.doesNotMatch(storageToMarkdown(`<p><img src="${href}" alt="here"/><iframe src="${href}"></iframe></p>`), /script|data|file/i)
      assert.doesNotMatch(storageToMarkdown(`<p><video src="${href}">here</video><audio src="${href}">here</audio></p>`), /script|data|file/i)
    })
  }

  for (const storage of ['<p>a', '<p>a<b', '<', '<<<>>>', 'a < b > c', '</p>', '<![CDATA[', ']]>', '&', '&nosuch;', '&#x;', '&#99999999;', '<ac:structured-macro', '<ac:structured-macro ac:name="code">', '\u0000', '\ud800', '<p/><p a=', '<table><tr>', '<li>x', '<p><table><p>']) {
    test(`${JSON.stringify(storage)} is read as far as it goes`, () => assert.equal(htmlIn(storageToMarkdown(storage)), null))
  }

  test('what is cut off or garbled anywhere never throws and gives no HTML', () => {
    const random = openRandom(20_261_103)
    for (let round = 0; round < 300; round += 1) {
      const garbled = mutate(article, random)
      assert.equal(htmlIn(storageToMarkdown(garbled)), null, garbled)
    }
  })

  test('an unclosed paragraph does not lose what comes after it', () => {
    assert.equal(storageToMarkdown('<p>a<p>b <b>c</p><h2>d</h2>').includes('d'), true)
  })
})

/** A small random number generator (mulberry32), the same at every run: whole numbers below `n`. */
const openRandom = (seed: number) => {
  let state = seed
  return (n: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n
  }
}

const splinters = ['<', '>', '</', '&', ']]>', '<![CDATA[', '"', '<p>', '</ac:structured-macro>', '<table>', '`', '\u0000', '<img src=x onerror=y>', '<!--']

const mutate = (text: string, random: (n: number) => number): string => {
  let garbled = text
  for (let cut = 0; cut < 5; cut += 1) {
    const at = random(garbled.length)
    garbled = garbled.slice(0, at) + (splinters[random(splinters.length)] ?? '') + garbled.slice(at + random(20))
  }
  return garbled
}

describe('a monstrous article', () => {
  const monsters: Readonly<Record<string, string>> = {
    'tags nested 10,000 deep': '<div>'.repeat(10_000) + 'x' + '</div>'.repeat(10_000),
    'tags nested behind ends in attributes': '<div a="</div>">'.repeat(50_000),
    'tags nested that look closed': '<div/>'.repeat(100_000),
    'emphasis to be opened again in every paragraph': `<p>${Array.from({ length: 60 }, (_, index) => `<b id="${index}">`).join('')}</p>${'<p></p>'.repeat(250_000)}`,
    'quotes as deep as they may be': `${'<blockquote>'.repeat(60)}${'<p>x</p>'.repeat(20_000)}${'</blockquote>'.repeat(60)}`,
    'quotes nested 10,000 deep': '<blockquote>'.repeat(10_000) + 'x',
    'emphasis nested 10,000 deep': '<p>' + '<em><strong>'.repeat(5_000) + 'x',
    'lists nested 10,000 deep': '<ul><li>'.repeat(5_000) + 'x',
    'tables nested 2,000 deep': '<table><tr><td>'.repeat(2_000) + 'x',
    '50,000 macros unclosed': '<ac:structured-macro ac:name="x">'.repeat(50_000),
    '50,000 macros cut off in their tags': '<ac:structured-macro ac:name="x'.repeat(50_000),
    '20,000 code macros unclosed': '<ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA['.repeat(20_000),
    '50,000 links unclosed': '<ac:link>'.repeat(50_000),
    '50,000 CDATA sections unclosed': '<![CDATA['.repeat(50_000),
    '50,000 tags cut off': '<ac:x '.repeat(50_000),
    '50,000 rich bodies in a macro': `<ac:structured-macro ac:name="x">${'<ac:rich-text-body>'.repeat(50_000)}</ac:structured-macro>`,
    '50,000 text bodies in a macro': `<ac:structured-macro ac:name="x">${'<ac:plain-text-body><![CDATA['.repeat(50_000)}</ac:structured-macro>`,
    '50,000 scripts unclosed': '<script '.repeat(50_000),
    'a tag with 1 MB of spaces': `<ac:structured-macro${' '.repeat(1_000_000)}`,
    '2 MB of paragraphs': `<p>${'退款 refund '.repeat(20)}</p>`.repeat(8_000).slice(0, 2_000_000),
    '2 MB of stars': '*_['.repeat(660_000),
    '2 MB without a tag': 'x'.repeat(2_000_000),
  }
  test('2,000,001 characters are refused', () => assert.throws(() => storageToMarkdown('x'.repeat(2_000_001)), RangeError))

  const refused: ReadonlySet<string> = new Set(Object.keys(monsters).filter((title) => /^(?!emphasis).*deep$|0 macros unclosed|links unclosed|rich bodies/.test(title)))

  const outcomeOf = (storage: string): string => {
    try {
      storageToMarkdown(storage)
      return 'answered'
    } catch (error) {
      return error instanceof RangeError ? error.message : String(error)
    }
  }

  for (const [title, storage] of Object.entries(monsters)) {
    test(`(${title}) is ${refused.has(title) ? 'refused' : 'answered'} within ten seconds`, { timeout: 10_000 }, () => {
      const began = performance.now()
      assert.equal(outcomeOf(storage), refused.has(title) ? 'an article of more than 64 levels' : 'answered')
      assert.ok(performance.now() - began < 10_000, `${performance.now() - began} ms`)
    })
  }
})

describe('htmlToMarkdown', () => {
  test('reads a whole document, and leaves out what a page does not show', () => {
    const page = '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x.dtd">\n<html><head><title>Shown in the tab</title><meta charset="gbk">'
      + '<style>b { x: 1 }</style><script>if (a < b) alert("x")</script></head><body><main><h1>运费 &amp; more</h1><p>See <a href="/x.html">this</a>.</main></body></html>'
    assert.equal(htmlToMarkdown(page), '# 运费 & more\n\nSee [this](/x.html).')
  })

  test('reads a part of a document, lets no HTML and no script through, and takes no time for what is broken', () => {
    assert.equal(htmlToMarkdown('a <b>b</b> &lt;script&gt; <a href="javascript:x()">c</a>'), 'a **b** \\<script> c')
    for (const broken of ['<!doctype ', '<?', '<title>', '<title', '</title']) assert.ok(htmlToMarkdown(broken.repeat(20_000)).length >= 0)
  })
})
