import { describe, expect, it, test } from 'vitest';
import { figure, minus, padded, separators, written } from './amount';

const da = separators('da-DK');

describe('amounts', () => {
  it('are written with the separators of the locale, from text to text', () => {
    expect(written('12480.00', da)).toBe('12.480,00');
    expect(written('12480.00', separators('en-GB'))).toBe('12,480.00');
    expect(written('1234567.5', separators('en-IN'))).toBe('12,34,567.5');
    expect(written('1234.00', separators('es-ES'))).toBe('1234,00');
    expect(written('12345.00', separators('es-ES'))).toBe('12.345,00');
  });

  it('keep every digit that a number would lose', () => {
    expect(written('90071992547409931.015', da)).toBe('90.071.992.547.409.931,015');
  });

  it('have two boxes, so that separators stand under each other', () => {
    expect(figure('148000', da)).toEqual({ whole: '148.000', fraction: '' });
    expect(figure('-3.70', da)).toEqual({ whole: '−3', fraction: ',70' });
    expect(figure('1.005', da)).toEqual({ whole: '1', fraction: ',005' });
  });

  it('carry a plus only when asked, and none at zero', () => {
    expect(written('184220.00', da, true)).toBe('+184.220,00');
    expect(written('0.00', da, true)).toBe('0,00');
    expect(written('-0.00', da)).toBe('0,00');
  });

  it('are subtracted exactly', () => {
    expect(minus('1236.30', '1240.00')).toBe('-3.70');
    expect(minus('0.3', '0.1')).toBe('0.2');
    expect(minus('148000', '148000')).toBe('0');
    expect(minus('-0.05', '0.00')).toBe('-0.05');
  });
});

test.each([
  ['390', '1250.00', '390.00'],
  ['-1.5', '0.00', '-1.50'],
  ['390', '39600', '390'],
  ['0.125', '0.00', '0.125'],
])('%s beside %s is written %s', (amount, like, shown) => {
  expect(padded(amount, like)).toBe(shown);
});
