import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import iconv from 'iconv-lite'
import { isUtcTime, mojibakeIn, textsIn } from '../../conform/reading-text.ts'
import { openMask } from '../../conform/report.ts'
import { foundCompany } from '../../demo/company.ts'
import { settingsOf } from '../kit/wire-server.ts'

const misread = (text: string, charset: string) => iconv.decode(Buffer.from(text), charset)

describe('text that went through a wrong charset', () => {
  for (const text of ['陈晓明', 'Anna Müller', '退款政策，七天无理由', 'Zoë', '서울', '日本語の名前']) {
    test(`is seen in ${text}, read as Latin-1 or Windows-1252`, () => {
      assert.notEqual(mojibakeIn(misread(text, 'latin1')), null)
      assert.notEqual(mojibakeIn(misread(text, 'win1252')), null)
    })
  }

  for (const text of ['陈晓明', '退款政策，七天无理由', '运单 SF1000 已签收']) {
    test(`is seen in ${text}, read as GBK`, () => assert.notEqual(mojibakeIn(misread(text, 'gbk')), null))
  }

  for (const text of ['锟斤拷', 'a\ufffdb', 'caf\u00c3\u00a9', '\ud800', 'x\u0085y']) {
    test(`is seen in ${JSON.stringify(text)}`, () => assert.notEqual(mojibakeIn(text), null))
  }

  for (const text of ['', 'plain', 'Zoë', 'café', '«café»', 'Müßiggang', 'São Paulo', 'Ærøskøbing', '£5 – “so” …', '联通', '€', '𠮷野家 😀', '한국어', 'Ελληνικά', 'Привет, мир', 'عربى']) {
    test(`is not seen in ${JSON.stringify(text)}`, () => assert.equal(mojibakeIn(text), null))
  }

  test('is not seen in any word of the demo company', () => {
    const { customers, orders, shipments, articles } = foundCompany()
    const seen = textsIn([customers, orders, shipments, articles]).map(mojibakeIn).filter((one) => one !== null)
    assert.deepEqual(seen, [])
  })
})

describe('a time', () => {
  for (const time of ['2026-11-20T02:48:00.000Z', '2024-02-29T23:59:59.999Z']) {
    test(`${time} is one in UTC`, () => assert.ok(isUtcTime(time)))
  }
  for (const time of ['2026-11-20T02:48:00Z', '2026-11-20 02:48:00', '2026-11-20T02:48:00.000+08:00', '2026-02-30T00:00:00.000Z', '', 'now']) {
    test(`${JSON.stringify(time)} is none`, () => assert.ok(!isUtcTime(time)))
  }
})

test('credentials in headers, options and the query give way to stars, in JSON as well', () => {
  const mask = openMask(settingsOf('http://127.0.0.1:1/?key=query-secret', {
    headers: { authorization: 'Bearer header-secret' }, options: { login: { password: 'pass"word\\secret' } },
  }))
  const said = JSON.stringify(['query-secret', 'Bearer header-secret', 'only header-secret', 'pass"word\\secret', 'else'])
  assert.equal(mask(said), '["***","***","only ***","***","else"]')
})
