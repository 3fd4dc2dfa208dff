import { describe, expect, test } from '@jest/globals';
import { secretNames, wordsOfName } from '../../../src/audit/redaction/names.js';
import { inTime } from '../../support/inTime.js';

const names = secretNames();

describe('names that hide their values', () => {
  test.each([
    'password',
    'Password',
    'PASSWORD',
    'passwd',
    'pwd',
    'passphrase',
    'userPassword',
    'user_password',
    'user-password',
    'userpassword',
    'password2',
    'passwordHash',
    'newPassword',
    'newPasswordConfirmation',
    'token',
    'access_token',
    'accessToken',
    'ACCESS_TOKEN',
    'accesstoken',
    'refreshToken',
    'idToken',
    'x-csrf-token',
    'botToken',
    'resetPasswordToken',
    'secret',
    'clientSecret',
    'client_secret',
    'client-secret',
    'secretId',
    'apiKey',
    'api_key',
    'api-key',
    'apikey',
    'APIKey',
    'API_KEY',
    'x-api-key',
    'X-Api-Key',
    'openaiApiKey',
    'authorization',
    'Authorization',
    'proxy-authorization',
    'cookie',
    'Cookie',
    'set-cookie',
    'Set-Cookie',
    'setCookie',
    'sessionId',
    'session_id',
    'session id',
    'sessionid',
    'otp',
    'otpCode',
    'OTPCode',
    'totp',
    'pin',
    'userPin',
    'pinCode',
    'privateKey',
    'private_key',
    'PRIVATE_KEY',
    'signingKey',
    'REEVE_SIGNING_KEY',
    'encryptionKey',
    'awsSecretAccessKey',
    'credential',
    'credentials',
    'connectionString',
    'connection_string',
    'DATABASE_URL',
    'databaseUrl',
    'jwt',
    'cvv',
    'cardNumber',
    'verificationCode',
    'recoveryPhrase',
    'passwort',
    'neuesPasswort',
    'benutzerkennwort',
    'mot_de_passe',
    'contraseña',
    'pass\u200bword',
    'api\u00adKey',
    'p\ufeffassword',
    'pass\ufe0fword',
    'ｐａｓｓｗｏｒｄ',
  ])('%s', (name) => expect(names.kindOf(name)).toBe('secret'));
});

describe('names whose texts are hidden while numbers count something', () => {
  test.each(['tokens', 'accessTokens', 'passwords', 'secrets', 'apiKeys', 'cookies', 'DB_PASS', 'pass'])(
    '%s',
    (name) => expect(names.kindOf(name)).toBe('secret-texts'),
  );
});

describe('names that only look so', () => {
  test.each([
    'promptTokens',
    'completionTokens',
    'totalTokens',
    'total_tokens',
    'tokenCount',
    'token_count',
    'tokensUsed',
    'maxTokens',
    'max_tokens',
    'maxOutputTokens',
    'tokenLimit',
    'tokensPerDay',
    'inputTokenCost',
    'nextPageToken',
    'tokenType',
    'tokenExpiresAt',
    'tokenizer',
    'tokenized',
    'secretary',
    'secretariat',
    'keyboard',
    'key',
    'messageKey',
    'publicKey',
    'primaryKey',
    'idempotencyKey',
    'hotkey',
    'monkey',
    'passwordChangedAt',
    'passwordPolicy',
    'passwordMinLength',
    'passwordless',
    'privateKeyPath',
    'signingKeyId',
    'apiKeyName',
    'otpAttempts',
    'cookieConsent',
    'cookieName',
    'authorizationStatus',
    'sessionIdCount',
    'session',
    'sessions',
    'pinned',
    'pinMessage',
    'opinion',
    'shipping',
    'spin',
    'author',
    'authority',
    'auth',
    'compass',
    'passage',
    'passenger',
    'bypass',
    'passed',
    'url',
    'baseUrl',
    'phone',
    'id',
    'code',
    'reason',
    '',
    '_',
    '123',
  ])('%j', (name) => expect(names.kindOf(name)).toBe('open'));
});

describe('names of one’s own', () => {
  const own = secretNames({ keys: ['licence', 'door-code', 'pinned'], allow: ['sessionId', 'pin'] });

  test.each([
    'licence',
    'LICENCE',
    'driverLicence',
    'licences',
    'doorCode',
    'DOOR_CODE',
    'doorcode',
    'pinned',
  ])('%s is hidden as well', (name) => expect(own.kindOf(name)).toBe('secret'));

  test.each(['sessionId', 'session_id', 'SESSION-ID', 'pin'])('%s is allowed', (name) => {
    expect(own.kindOf(name)).toBe('open');
  });

  test('allowing one name allows no other', () => {
    expect(own.kindOf('adminSessionId')).toBe('secret');
    expect(own.kindOf('userPin')).toBe('secret');
  });
});

test.each([
  ['userPassword', 'user password'],
  ['HTTPServerURL', 'http server url'],
  ['x-api-key', 'x api key'],
  ['A_B.c d', 'a b c d'],
  ['token1', 'token'],
  ['ключДоступа', 'ключдоступа'],
])('%s is cut into words', (name, words) => expect(wordsOfName(name).join(' ')).toBe(words));

test('an endless name takes no time', () => {
  for (const unit of ['A', 'a', 'Aa', '_', 'aB', 'token_']) {
    inTime(() => secretNames().kindOf(unit.repeat(65_536)));
  }
  expect(names.kindOf(`${'x'.repeat(10_000)}_password`)).toBe('secret');
});
