import { guide } from './guides.ts'
import type { Topic } from './topic.ts'

export const invoices: readonly Topic[] = [
  guide('SUP',
    ['开具电子普通发票', '订单签收后即可开具电子普通发票，通常 10&nbsp;分钟内发到邮箱。', ['在订单页点击&ldquo;申请开票&rdquo;。', '选择个人或单位抬头。', '核对邮箱后提交。'], '单笔订单只能开一张发票，退款后须先冲红。'],
    [
      'Getting an electronic invoice',
      'An electronic invoice can be had once the order is delivered; it arrives by email within 10&nbsp;minutes.',
      [
        'Choose &ldquo;Request invoice&rdquo; on the order page.',
        'Choose a private or a company heading.',
        'Check the email address and send.',
      ],
      'There is one invoice an order; after a refund it must be reversed first.',
    ]),
  guide('SUP',
    ['开具增值税专用发票', '仅限一般纳税人企业客户。', ['上传营业执照与一般纳税人证明。', '填写税号、开户行与账号。', '财务 3&nbsp;个工作日内审核并开具。'], '税号错误的发票只能作废重开，当月有效。'],
    [
      'Getting a special VAT invoice',
      'For companies that are general VAT taxpayers only.',
      [
        'Upload the business licence and the taxpayer certificate.',
        'Enter tax number, bank and account.',
        'Accounting checks and issues it within 3&nbsp;working days.',
      ],
      'One with a wrong tax number must be voided and issued again within the month.',
    ]),
  guide('SUP',
    ['修改发票抬头', '发票开具后 30&nbsp;天内可以申请换开一次。', ['确认原发票未入账、未抵扣。', '提交新抬头与税号。', '系统自动冲红并重新开具。'], '跨年度的发票不能换开。'],
    [
      'Changing the heading of an invoice',
      'Within 30&nbsp;days an invoice can be replaced once.',
      [
        'Check that it has not been booked or deducted.',
        'Enter the new heading and tax number.',
        'The old one is reversed, the new one issued.',
      ],
      'Invoices of a past year cannot be replaced.',
    ]),
  guide('SUP',
    ['重发发票邮件', '客户没有收到发票邮件时，先查垃圾箱与邮箱拼写。', ['在发票页点击&ldquo;重新发送&rdquo;。', '必要时更换收件邮箱。', '仍未收到的，提供下载链接（7&nbsp;天有效）。'], '下载链接含个人信息，不要发到公开渠道。'],
    [
      'Sending an invoice again',
      'When the invoice did not arrive, check the spam folder and the address first.',
      [
        'Choose &ldquo;Send again&rdquo; on the invoice page.',
        'Change the address if need be.',
        'Failing that, give the download link (valid for 7&nbsp;days).',
      ],
      'The link leads to personal data: never post it in public.',
    ]),
  guide('SUP',
    ['批量开票与对账单', '企业客户可按月合并开票。', ['在企业中心勾选订单。', '导出对账单（CSV 或 XLSX）核对金额。', '确认后一次性开具。'], '合并开票后，单个订单退款须由财务处理。'],
    [
      'Collective invoices and statements',
      'Business customers may have one invoice a month.',
      [
        'Tick the orders in the business centre.',
        'Export the statement (CSV or XLSX) and compare.',
        'Confirm, and all are invoiced at once.',
      ],
      'Refunds of single orders then go through accounting.',
    ]),
  guide('SUP',
    ['海外订单的形式发票', '清关需要形式发票（Proforma Invoice）时，由物流组出具。', ['核对英文品名与 HS 编码。', '填写申报价值与币种。', '随包裹附三份纸质件。'], '申报价值不得低于实付金额。'],
    [
      'Proforma invoices for orders abroad',
      'Where customs asks for a proforma invoice, the logistics team writes it.',
      ['Check the English names and HS codes.', 'Enter the declared value and currency.', 'Put three copies on paper into the parcel.'],
      'The declared value is never below what was paid.',
    ]),
]
