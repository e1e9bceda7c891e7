import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import iconv from 'iconv-lite'
import { Malformed } from '../../fuse/errors.ts'
import { decodeXml, parseXml } from '../../fuse/wires/xml.ts'

const parse = (text: string, arrays: readonly string[] = []) => parseXml('tried', text, { arrays })
const refuses = (text: string) => assert.throws(() => parse(text), (error) => error instanceof Malformed && error.backend === 'tried')

/** Everything here is linear; what is not takes minutes on such input. */
const within = (ms: number, work: () => void, what = 'it') => {
  const startedAt = performance.now()
  work()
  const tookMs = performance.now() - startedAt
  assert.ok(tookMs < ms, `${what} took ${tookMs} ms`)
}

describe('XML as objects', () => {
  it('has text for every value, and attributes beside it', () => {
    const text = '<?xml version="1.0"?><r a="1" b="x &amp; y"><n>007</n><m>1.50</m><t>true</t><e/><k id="5">v</k></r>'
    const k = { '#text': 'v', '@_id': '5' }
    assert.deepEqual(parse(text), { r: { '@_a': '1', '@_b': 'x & y', n: '007', m: '1.50', t: 'true', e: '', k } })
  })

  it('has a list where it was asked for one, and where an element is repeated', () => {
    assert.deepEqual(parse('<r><x>1</x></r>', ['x']), { r: { x: ['1'] } })
    assert.deepEqual(parse('<r><x>1</x></r>'), { r: { x: '1' } })
    assert.deepEqual(parse('<r><x>1</x><x>2</x></r>'), { r: { x: ['1', '2'] } })
  })

  it('takes white space off the ends of a value and keeps it within', () => {
    assert.deepEqual(parse('<r>\n  <x>  a  b\n c </x>\n</r>'), { r: { x: 'a  b\n c' } })
  })

  it('knows the five entities of XML and character references, each resolved once', () => {
    assert.deepEqual(parse('<r>&lt;&gt;&amp;&quot;&apos;</r>'), { r: '<>&"\'' })
    assert.deepEqual(parse('<r a="&#x5F20;">&#24352;&#x4E09;&#128230;</r>'), { r: { '#text': '张三📦', '@_a': '张' } })
    assert.deepEqual(parse('<r>&amp;#60;b&amp;#62; &amp;lt;</r>'), { r: '&#60;b&#62; &lt;' })
  })

  it('takes CDATA as it is and leaves comments out', () => {
    assert.deepEqual(parse('<r><!-- <x>no</x> --><x><![CDATA[<b>&amp; &#65;]]></x></r>'), { r: { x: '<b>&amp; &#65;' } })
    assert.deepEqual(parse('<r>a<!-- b -->c</r>'), { r: 'ac' })
  })

  it('takes prefixes off where that is asked for', () => {
    const text = '<s:r xmlns:s="urn:s"><s:x s:a="1">v</s:x></s:r>'
    assert.deepEqual(parseXml('tried', text, { arrays: ['x'], bareNames: true }), { r: { x: [{ '#text': 'v', '@_a': '1' }] } })
  })

  it('pollutes nothing by the names of elements and attributes', () => {
    for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
      try {
        parse(`<r><${name}><polluted>yes</polluted></${name}><x ${name}="polluted"/></r>`)
      } catch (error) {
        assert.ok(error instanceof Malformed)
      }
      assert.equal(Reflect.get({}, 'polluted'), undefined)
      assert.equal(Reflect.get(Object, 'polluted'), undefined)
    }
  })
})

describe('XML that is refused', () => {
  it('has a document type or entities of its own', () => {
    refuses('<!DOCTYPE r><r/>')
    refuses('<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>')
    refuses('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>')
    refuses('<?xml version="1.0"?>\n<!doctype r [<!ENTITY % p SYSTEM "http://127.0.0.1/">%p;]><r/>')
  })

  it('is a billion laughs', () => {
    const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('')
    within(1_000, () => refuses(`<!DOCTYPE r [<!ENTITY l0 "ha">${laughs}]><r>&l9;</r>`))
  })

  it('is empty, cut, or not XML', () => {
    const texts = [
      '', '  ', 'hello', '{"a":1}', '<r>', '<r><x></r>', '<r><x>1</x>', '<r a=1/>',
      '<r a="1', '</r>', '<r/><r/>', '<r/>text', '<?xml version="1.0"?>',
    ]
    for (const text of texts) refuses(text)
  })

  it('is a page of HTML', () => {
    refuses('<html><head><meta charset="utf-8"><title>Down</title></head><body>down<br>for an hour</body></html>')
  })

  it('has a comment, CDATA or instruction without an end', () => {
    for (const text of ['<r><!-- x</r>', '<r><![CDATA[x</r>', '<?xml version="1.0"', '<r><?pi x</r>']) refuses(text)
  })

  it('is nested too deeply, and is refused fast', () => {
    const nested = (levels: number) => `${'<a>'.repeat(levels)}${'</a>'.repeat(levels)}`
    assert.ok(parse(nested(100)))
    refuses(nested(101))
    within(1_000, () => refuses(nested(100_000)))
    within(1_000, () => refuses('<a>'.repeat(100_000)))
    // An attribute may have a > in it: these are elements that open, not ones that close themselves.
    within(1_000, () => refuses('<a b="/>">'.repeat(100_000) + '</a>'.repeat(100_000)))
  })

  it('is counted right where tags stand in comments, CDATA and attributes', () => {
    assert.deepEqual(parse(`<r><!-- ${'<a>'.repeat(200)} --><![CDATA[${'<a>'.repeat(200)}]]></r>`), { r: '<a>'.repeat(200) })
    assert.deepEqual(parse(`<r>${'<a b=">"/>'.repeat(200)}</r>`), { r: { a: Array.from({ length: 200 }, () => ({ '@_b': '>' })) } })
    assert.deepEqual(parse(`<r>it's ${'<a>"</a>'.repeat(3)}</r>`), { r: { '#text': "it's", a: ['"', '"', '"'] } })
  })

  it('costs time in proportion to its length, whatever is in it', () => {
    const n = 200_000
    const hard = [
      '<!--', '<![CDATA[', '<a ', '<', '<a b="', '<?', '<!', '&', '&#', '&#x1', '<a b=\'"',
      ']]>', '-->', '<a/', '</', '<!DOCTYP', ' ', '<a\n', '<?xml ',
    ]
    for (const piece of hard) for (const head of ['', '<r>', '<r a="']) within(1_500, () => refuses(head + piece.repeat(n)), head + piece)
    within(1_500, () => parse(`<r>${'&amp;'.repeat(n)}</r>`))
    within(1_500, () => parse(`<r>${' '.repeat(n)}</r>`))
    within(1_500, () => parse(`<r>${'<!---->'.repeat(n)}</r>`))
    within(3_000, () => parse(`<r>${'<a/>'.repeat(n)}</r>`))
  })
})

describe('the charset of XML', () => {
  const decode = (body: Buffer, contentType: string | null, fallback: string) =>
    decodeXml('tried', { status: 200, retryAfterMs: undefined, contentType, body }, fallback)
  const declared = (charset: string) => `<?xml version="1.0" encoding="${charset}"?><r>张三</r>`

  it('is that of the Content-Type, else of the declaration, else the configured one', () => {
    const text = declared('big5')
    assert.equal(decode(iconv.encode(text, 'gbk'), 'text/xml; charset=GBK', 'utf-8'), text)
    assert.equal(decode(iconv.encode(text, 'gbk'), 'text/xml; charset="gb2312"', 'utf-8'), text)
    assert.equal(decode(iconv.encode(declared('GBK'), 'gbk'), 'text/xml', 'utf-8'), declared('GBK'))
    assert.equal(decode(iconv.encode('<r>张三</r>', 'gbk'), null, 'gbk'), '<r>张三</r>')
    assert.equal(decode(Buffer.from('<r>张三</r>'), 'application/xml', 'utf-8'), '<r>张三</r>')
  })

  it('is found behind a byte order mark', () => {
    assert.equal(decode(Buffer.from(`\uFEFF${declared('utf-8')}`), null, 'gbk'), declared('utf-8'))
    assert.deepEqual(parse(decode(Buffer.from(`\uFEFF${declared('utf-8')}`), 'text/xml', 'gbk')), { r: '张三' })
  })

  it('has to have the bytes', () => {
    assert.throws(() => decode(iconv.encode('<r>张三</r>', 'gbk'), null, 'utf-8'), Malformed)
    assert.throws(() => decode(Buffer.from([0x3c, 0x72, 0x3e, 0xff, 0xff]), null, 'gbk'), Malformed)
  })

  it('has to be one that somebody knows', () => {
    assert.throws(() => decode(Buffer.from('<r/>'), 'text/xml; charset=klingon', 'utf-8'), Malformed)
  })
})
