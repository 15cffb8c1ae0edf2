import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compact, exact, fixed, money, percent, price, short, signed, signedPercent } from '@/calc/numbers'

const CASES: [found: string, wanted: string][] = [
  [money(1234567.891), '1,234,567.89'],
  [money(-0.001), '0.00'],
  [money(-12.5), '−12.50'],
  [money(null), '–'],
  [money(Number.NaN), '–'],
  [fixed(Number.POSITIVE_INFINITY, 2), '–'],
  [signed(12.5), '+12.50'],
  [signed(-12.5), '−12.50'],
  [signed(0.0001), '0.00'],
  [percent(0.0512), '5.12%'],
  [percent(undefined), '–'],
  [signedPercent(0.0512), '+5.12%'],
  [signedPercent(-0.00004), '−0.004%'],
  [signedPercent(0.00004), '+0.004%'],
  [signedPercent(-0.000004), '0.00%'],
  [signedPercent(0), '0.00%'],
  [signedPercent(null), '–'],
  [price(4100.5), '4,100.5'],
  [price(292.94123), '292.94'],
  [price(1.23456), '1.235'],
  [price(0.00001234), '0.00001234'],
  [price(0), '0'],
  [price(Number.NaN), '–'],
  [short(0.5, 8), '0.5'],
  [compact(1_234_567), '1.23M'],
  [compact(45_600), '45.6K'],
  [compact(855.43), '855.4'],
  [exact('1234567.8900'), '1,234,567.8900'],
  [exact('-0.00001'), '−0.00001'],
  [exact('not a number'), 'not a number'],
]

for (const [found, wanted] of CASES) test(`numbers: ${wanted}`, () => assert.equal(found, wanted))
