#include "access/token.h"

namespace wattback::access {

const store::Codec<Token>& tokens_codec() {
  static const store::Codec<Token> codec(
      tokens_collection,
      {store::field<&Token::token_id>("token_id"), store::field<&Token::name>("name"),
       store::field<&Token::secret_digest>("secret_digest"),
       store::field<&Token::created_by>("created_by"),
       store::field<&Token::created_at>("created_at"),
       store::field<&Token::expires_at>("expires_at"),
       store::field<&Token::revoked_at>("revoked_at"), store::field<&Token::version>("version")});
  return codec;
}

store::Key key(const TokenId& id) { return {.collection = tokens_collection, .values = {id.uuid}}; }

bool holds(const Token& token, Instant now) {
  return !token.revoked_at && (!token.expires_at || now < *token.expires_at);
}

}  // namespace wattback::access
