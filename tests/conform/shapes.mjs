// Where an answer of Stripe's departs from the declared shape of its kind.
// The language of shapes.json is told in derive.py beside it.

import { readFileSync } from 'node:fs';

const kinds = JSON.parse(readFileSync('shapes.json', 'utf8'));

/** One line for each departure, each with its place. */
export function departures(body) {
  if (body?.object === 'list' || body?.object === 'search_result') {
    return [...(Array.isArray(body.data) && typeof body.has_more === 'boolean' ? [] : [`a ${body.object} without data or has_more`]), ...(body.data ?? []).flatMap(departures)];
  }
  const kind = body?.deleted === true ? `deleted_${body.object}` : body?.object;
  return kinds[kind] ? ofObject(kinds[kind], body, kind) : [`${kind} has no shape`];
}

function ofObject(fields, value, at) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return [`${at} is not an object`];
  }
  const names = new Set();
  const found = [];
  for (const [marked, type] of Object.entries(fields)) {
    const [, name, marks] = /^(.*?)([!?]*)$/.exec(marked);
    const here = `${at}.${name}`;
    names.add(name);
    if (!(name in value)) {
      if (marks.includes('!')) found.push(`${here} is missing`);
    } else if (value[name] === null) {
      if (!marks.includes('?')) found.push(`${here} is null`);
    } else {
      found.push(...ofType(type, value[name], here));
    }
  }
  return [...found, ...Object.keys(value).filter(name => !names.has(name)).map(name => `${at}.${name} is not declared`)];
}

function ofType(type, value, at) {
  const unless = good => (good ? [] : [`${at} is ${JSON.stringify(value)}`]);
  if (typeof type === 'object') {
    if (type['[]']) return Array.isArray(value) ? value.flatMap(entry => ofType(type['[]'], entry, at)) : unless(false);
    if (type['*']) return unless(typeof value === 'object');
    return ofObject(type, value, at);
  }
  const [sort, rest] = type.split(/:(.*)/s);
  switch (sort) {
    case 's': return unless(typeof value === 'string' && (!rest || [...value].length <= Number(rest)));
    case 'i': return unless(Number.isInteger(value));
    case 'b': return unless(typeof value === 'boolean');
    case 'n': return unless(typeof value === 'number');
    case 'd': return unless(typeof value === 'string' && /^-?\d+(\.\d{1,12})?$/.test(value));
    case 'e': return unless(rest.split('|').includes(value));
    case 'x': return typeof value === 'string' ? [] : [...unless(rest.split('|').includes(value.deleted ? `deleted_${value.object}` : value.object)), ...departures(value)];
    case 'r': return kinds[rest] ? ofObject(kinds[rest], value, at) : [];
    default: return [];
  }
}
