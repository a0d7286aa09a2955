# Checks that are no programs of ours, as tests, so that one run of ctest says it all. Their labels
# are parts of ./test.

# Each header compiled alone.
get_property(header_checks GLOBAL PROPERTY wattback_header_checks)
add_custom_target(header_checks DEPENDS ${header_checks})

function(wattback_check label name)
  add_test(NAME "${label}: ${name}" COMMAND ${ARGN} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties("${label}: ${name}" PROPERTIES LABELS ${label})
endfunction()

wattback_check(lint "clang-format" tools/check_format.sh)
wattback_check(lint "include map" tools/check_includes.py)
wattback_check(lint "include map goes red" tools/check_includes_test.py)
wattback_check(lint "contract goes red" tools/contract_to_json_test.py)
wattback_check(lint "coverage goes red" tools/coverage_test.py)
wattback_check(lint "shellcheck" tools/check_scripts.sh)
wattback_check(lint "clang-tidy" tools/tidy.py)
cmake_host_system_information(RESULT processors QUERY NUMBER_OF_LOGICAL_CORES)
set_tests_properties("lint: clang-tidy" PROPERTIES PROCESSORS ${processors} TIMEOUT 2400)

# Documents held to what they describe: wattback_check(documents "NAME" COMMAND...)

# The concurrent parts, run once more under ThreadSanitizer as the preset `tsan` builds them (its
# target `concurrent`): one test a program, on the stores that need no server.
set(concurrent_programs commit_test conformance store_layers_test store_sqlite_test)
add_custom_target(concurrent)
foreach(program IN LISTS concurrent_programs)
  if(TARGET ${program})
    add_dependencies(concurrent ${program})
    set(path $<PATH:RELATIVE_PATH,$<TARGET_FILE:${program}>,${CMAKE_BINARY_DIR}>)
    wattback_check(tsan ${program} ${CMAKE_SOURCE_DIR}/build/tsan/${path} --gtest_brief=1 --gtest_filter=-*/mongo)
  endif()
endforeach()
# On MongoDB what races for it and what listens to it; not MovesWhenAnotherProcessHasWritten, which
# sleeps for a minute and then does no more than the others, nor HaveOneWinner..., which want to be
# told within 200 ms who won. Of locks the driver's can't be seen, so one that is let go looks as if it
# had never been held.
wattback_check(tsan "conformance on MongoDB" ${CMAKE_SOURCE_DIR}/build/tsan/tests/conformance/conformance
  --gtest_brief=1 --gtest_filter=*/Races.*/mongo:*/Revision.*/mongo:-*/Races.HaveOneWinner*:*/Revision.MovesWhenAnother*)
set_tests_properties("tsan: conformance on MongoDB" PROPERTIES FIXTURES_REQUIRED mongod TIMEOUT 300
  ENVIRONMENT "WATTBACK_TEST_MONGO=${WATTBACK_MONGOD_ADDRESS};TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/mongo/tsan.suppressions report_mutex_bugs=0")

# The program as its users run it, and what the documents say of it.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
wattback_check(scenarios "an unknown commit of every kind" tests/scenarios/unknown_commits_test.py)
function(wattback_program_check label name)
  wattback_check(${label} ${name} ${Python3_EXECUTABLE} ${ARGN})
  set_tests_properties("${label}: ${name}" PROPERTIES
    ENVIRONMENT "WATTBACK_PROGRAM=$<TARGET_FILE:wattback>" TIMEOUT 600)
endfunction()
foreach(name IN ITEMS members lists imports explain trouble serve copies migrate completion)
  wattback_program_check(cli ${name} tests/cli/${name}_test.py)
endforeach()
set_tests_properties("cli: migrate" PROPERTIES TIMEOUT 3000) # of a million documents by night
# As shipped: another compiler, which may make the arguments of a call in another order, and no sanitizer.
foreach(name IN ITEMS members lists imports explain trouble serve run)
  wattback_program_check(shipped ${name} tests/cli/${name}_test.py)
  set_property(TEST "shipped: ${name}" PROPERTY ENVIRONMENT "WATTBACK_PROGRAM=${WATTBACK_SHIPPED}")
endforeach()

# On servers of MongoDB that it starts itself, of the mongod that tools/setup.sh fetches.
wattback_program_check(mongo "servers" tests/cli/mongo_test.py)
wattback_check(mongo "servers named by a DNS" build/venv-mongo/bin/python tests/mongo/srv_test.py)
set_tests_properties("mongo: servers named by a DNS" PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 600
  ENVIRONMENT "WATTBACK_PROGRAM=$<TARGET_FILE:wattback>;PYTHONDONTWRITEBYTECODE=1")
set_property(TEST "mongo: servers" "mongo: servers named by a DNS" APPEND PROPERTY
  ENVIRONMENT "WATTBACK_MONGOD=${CMAKE_SOURCE_DIR}/build/mongod/mongod")

# The server and its contract, with the tools that tools/setup.sh fetches.
function(wattback_contract_check name)
  wattback_check(server ${name} build/venv-contract/bin/python ${ARGN})
  set_tests_properties("server: ${name}" PROPERTIES
    ENVIRONMENT "WATTBACK_PROGRAM=$<TARGET_FILE:wattback>;PYTHONDONTWRITEBYTECODE=1" TIMEOUT 600)
endfunction()
wattback_contract_check("spectral" tests/contract/lint_test.py)
wattback_contract_check("an administrator, by schemathesis" tests/contract/properties_test.py Administrator)
wattback_contract_check("a member, by schemathesis" tests/contract/properties_test.py Member)
wattback_contract_check("a usage token, by schemathesis" tests/contract/properties_test.py UsageToken)
wattback_contract_check("a generated client" tests/contract/client_test.py)
wattback_contract_check("promtool" tests/contract/metrics_test.py)

wattback_program_check(documents "README's session" tests/documents/session_test.py README.md)
wattback_program_check(documents "the API's days" tests/documents/session_test.py docs/api.md)
wattback_program_check(documents "a session goes red" tests/documents/session_goes_red_test.py)
wattback_program_check(documents "the server's page" tests/documents/home_page_test.py)
wattback_program_check(documents "commands" tests/documents/commands_test.py)
wattback_program_check(documents "commands go red" tests/documents/commands_go_red_test.py)
wattback_program_check(documents "manual page" tests/documents/manual_page_test.py)
wattback_check(documents "problem codes" ${Python3_EXECUTABLE} tests/documents/problem_codes_test.py)
wattback_check(documents "worked examples" ${Python3_EXECUTABLE} tests/documents/worked_examples_test.py)

# A short run of ./bench, on whatever build this is: that it works, not how fast.
foreach(name IN ITEMS embedded hot growth)
  wattback_program_check(bench ${name} benchmarks/${name}_test.py)
endforeach()
wattback_program_check(mongo "bench" benchmarks/mongo_test.py)
wattback_program_check(mongo "initial load" benchmarks/mongo_load_test.py)
if(NOT WATTBACK_COVERAGE) # its memory is bounded as shipped; AddressSanitizer keeps what was freed
  set_property(TEST "mongo: initial load" PROPERTY ENVIRONMENT "WATTBACK_PROGRAM=${WATTBACK_SHIPPED}")
endif()
foreach(name IN ITEMS "bench: embedded" "bench: hot" "bench: growth" "mongo: bench" "mongo: initial load")
  set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT "WATTBACK_LIMITS=$<TARGET_FILE_DIR:sqlite_limit>"
    "WATTBACK_OPEN_LOOP=${CMAKE_SOURCE_DIR}/build/go/open_loop" "WATTBACK_MONGOD=${CMAKE_SOURCE_DIR}/build/mongod/mongod")
endforeach()
