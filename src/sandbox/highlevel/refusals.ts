/** What HighLevel's documents and those who met it say that it refuses with. */
export type RefusalAnswer = { status: number; body: object }

const badRequest = (message: string) => ({ status: 400, body: { statusCode: 400, message } })
const unauthorized = (message: string) => ({ status: 401, body: { statusCode: 401, message, error: 'Unauthorized' } })

/** The path is named in the message. */
export const removedInV3 = (endpoint: string) =>
  badRequest(
    `Endpoint ${endpoint} is not available in API version v3. It was removed in version v3, use a version before v3.`,
  )

/** The class-validator style of the platform: one sentence per problem. */
export const unprocessable = (message: string[]) => ({
  status: 422,
  body: { statusCode: 422, message, error: 'Unprocessable Entity' },
})

/** Each with a body of its own, by what it means. Those of the token endpoint speak of parameters in camelCase. */
export const REFUSALS = {
  grantTypeInvalid: badRequest('Invalid parameter: grantType'),
  clientIdMissing: badRequest('Missing parameter: clientId'),
  /** Bad, spent, expired or revoked. */
  refreshTokenInvalid: badRequest('Invalid grant: refresh token is invalid'),
  /** Inferred: a sibling of the messages above, in the words of the library that they come from. */
  clientInvalid: badRequest('Invalid client: client is invalid'),
  /** The tenant is suspended; its tokens work again afterwards. */
  locationNotActive: badRequest('Location is not active'),
  /** A bad or used code, and a bad client too: they cannot be told apart. */
  codeNotFound: {
    status: 401,
    body: { error: 'UnAuthorized!', error_description: 'Authorization code not found' },
  },
  fieldMissing: unprocessable(['locationId should not be empty']),
  endpointRemoved: {
    status: 400,
    body: { statusCode: 400, message: 'API endpoint has been removed', error: 'Bad Request' },
  },
  removedInV3: removedInV3('POST /oauth/locationToken'),

  accessTokenInvalid: unauthorized('Invalid token: access token is invalid'),
  /** Expired or garbled. */
  jwtInvalid: unauthorized('Invalid JWT'),
  scopeMissing: unauthorized('The token is not authorized for this scope.'),
  /** A company's token at an endpoint for locations, or the other way round. */
  wrongTokenClass: unauthorized(
    'This authClass type is not allowed to access this scope. Please verify your IAM configuration if this is not the case.',
  ),
  /** An agency's private integration token at an endpoint for locations; the sandbox gives no such tokens. */
  userTypeMismatch: unauthorized("Token's user type mismatch!"),
  otherTenant: {
    status: 403,
    body: { statusCode: 403, message: 'The token does not have access to this location.' },
  },
  versionMissing: unauthorized('version header was not found.'),
  versionInvalid: unauthorized('version header is invalid'),
  /** Seen in place of the one before. */
  versionSegmentInvalid: badRequest('Invalid API version segment'),
  /** The body is not documented. */
  tooManyRequests: { status: 429, body: { statusCode: 429, message: 'Too Many Requests' } },
} satisfies Record<string, RefusalAnswer>
