# One library a folder of src, its dependencies declared where it is added:
#   wattback_folder(points DEPENDS base store commit users)
# Its sources are the folder's *.cpp; its *_test.cpp become the test program <folder>_test, which may
# also use what TEST_DEPENDS names. A header is compiled alone by its source, which includes it first
# (tools/check_includes.py sees to it); one that has none, in <folder>_headers.
include(GoogleTest)

# What runs once a test, or once a command: in a debug build its time to compile counts more.
function(wattback_compile_fast target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Debug>:-O0>)
endfunction()

set(WATTBACK_MONGOD_ADDRESS ${CMAKE_BINARY_DIR}/mongod.address)

# The tests of a program that need the real mongod of tests/mongo: their part of ./test is `mongo`.
# LOCK: run one at a time with those of the same name. SECONDS_MAX: 300 if not given. What else is
# given goes to gtest_discover_tests.
function(wattback_discover_mongo_tests target)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "LOCK;SECONDS_MAX" "")
  set(lock)
  if(NOT ARG_SECONDS_MAX)
    set(ARG_SECONDS_MAX 300)
  endif()
  if(ARG_LOCK)
    set(lock RESOURCE_LOCK ${ARG_LOCK})
  endif()
  gtest_discover_tests(${target} TEST_PREFIX "mongo: " DISCOVERY_TIMEOUT 60 ${ARG_UNPARSED_ARGUMENTS}
    PROPERTIES ${lock} LABELS mongo FIXTURES_REQUIRED mongod TIMEOUT ${ARG_SECONDS_MAX}
               ENVIRONMENT WATTBACK_TEST_MONGO=${WATTBACK_MONGOD_ADDRESS})
endfunction()

function(wattback_folder folder)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "DEPENDS;PRIVATE;TEST_DEPENDS;GENERATED")
  string(REPLACE "/" "_" name "${folder}")
  set(dir ${CMAKE_SOURCE_DIR}/src/${folder})
  file(GLOB sources CONFIGURE_DEPENDS ${dir}/*.cpp)
  file(GLOB tests CONFIGURE_DEPENDS ${dir}/*_test.cpp)
  file(GLOB headers CONFIGURE_DEPENDS ${dir}/*.h)
  list(REMOVE_ITEM sources ${tests} ${dir}/main.cpp)

  add_library(${name} STATIC ${sources} ${ARG_GENERATED})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${name} PUBLIC ${ARG_DEPENDS} PRIVATE warnings ${ARG_PRIVATE})

  set(alone)
  foreach(header IN LISTS headers)
    string(REGEX REPLACE "h$" "cpp" own_source ${header})
    if(NOT own_source IN_LIST sources)
      file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR}/src ${header})
      string(MAKE_C_IDENTIFIER ${path} id)
      set(source ${CMAKE_BINARY_DIR}/headers/${id}.cpp)
      file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${path}\"  // alone\n")
      list(APPEND alone ${source})
    endif()
  endforeach()
  if(alone)
    add_library(${name}_headers OBJECT EXCLUDE_FROM_ALL ${alone})
    target_link_libraries(${name}_headers PRIVATE ${name} warnings ${ARG_PRIVATE})
    set_property(GLOBAL APPEND PROPERTY wattback_header_checks ${name}_headers)
  endif()

  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${name} ${ARG_TEST_DEPENDS} warnings GTest::gmock GTest::gtest_main ${ARG_PRIVATE})
    wattback_compile_fast(${name}_test)
    # Suites of this name need a server, and may tell it to fail.
    gtest_discover_tests(${name}_test TEST_PREFIX "${folder}: " TEST_FILTER "-*OnMongo*"
      DISCOVERY_TIMEOUT 60)
    if(test_mongo IN_LIST ARG_TEST_DEPENDS)
      wattback_discover_mongo_tests(${name}_test LOCK fail_command TEST_FILTER "*OnMongo*")
    endif()
  endif()
endfunction()
