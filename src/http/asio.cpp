// The libraries' own code, compiled once (BOOST_ASIO_SEPARATE_COMPILATION and Beast's likewise).
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
