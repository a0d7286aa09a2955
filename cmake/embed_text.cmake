# Writes a C++ source with a function that gives a file's bytes as they are, of whatever length:
#   cmake -DINPUT=... -DOUTPUT=... -DHEADER=api/contract.h -DNAMESPACE=wattback::api
#         -DFUNCTION=contract_text -P embed_text.cmake
file(READ "${INPUT}" hex HEX)
string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
string(REGEX REPLACE "(......................................................................)" "\\1\n"
       bytes "${bytes}")
file(WRITE "${OUTPUT}" "#include \"${HEADER}\"

namespace ${NAMESPACE} {
namespace {

constexpr char bytes[] = {
${bytes}};

}  // namespace

std::string_view ${FUNCTION}() { return {bytes, sizeof bytes}; }

}  // namespace ${NAMESPACE}
")
