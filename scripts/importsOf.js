import { parseSync } from '@swc/core';

/** What a program refers to: imports of every kind, types included, and files named from `import.meta.url`. */
export function importsOf(text) {
  const found = new Set();
  const visit = (node) => {
    if (node === null || typeof node !== 'object') return;
    if (Array.isArray(node)) return node.forEach(visit);
    const literal = literalOf(node);
    if (literal !== undefined) found.add(literal);
    Object.values(node).forEach(visit);
  };
  visit(parseSync(text, { syntax: 'typescript', target: 'es2022', decorators: true }));
  return [...found];
}

function literalOf(node) {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      return stringIn(node.source);
    case 'TsImportType':
      return stringIn(node.argument);
    case 'TsExternalModuleReference':
      return stringIn(node.expression);
    case 'CallExpression':
    case 'NewExpression':
      return literalOfCall(node);
    default:
      return undefined;
  }
}

function literalOfCall(node) {
  const args = (node.arguments ?? []).map(({ expression }) => expression);
  const { callee } = node;
  if (callee.type === 'Import' || callee.value === 'require' || isResolve(callee)) return stringIn(args[0]);
  // `new URL('./worker.js', import.meta.url)`, and functions that do the same.
  if (!args.some(isMetaUrl)) return undefined;
  return args.map(stringIn).find((text) => /^\.\.?\/.*\.js$/.test(text));
}

/** `import.meta.resolve` or `require.resolve`. */
function isResolve({ type, object, property }) {
  if (type !== 'MemberExpression' || property.value !== 'resolve') return false;
  return object.type === 'MetaProperty' || object.value === 'require';
}

function isMetaUrl({ type, object, property }) {
  return type === 'MemberExpression' && object.type === 'MetaProperty' && property.value === 'url';
}

function stringIn(node) {
  if (node?.type === 'StringLiteral') return node.value;
  // A template is a string as well, as long as nothing is put into it.
  return node?.type === 'TemplateLiteral' && node.expressions.length === 0
    ? node.quasis[0].cooked
    : undefined;
}
