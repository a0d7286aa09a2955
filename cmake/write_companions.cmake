# Writes what the program prints of itself: cmake -DPROGRAM=... -DFOLDER=... -P write_companions.cmake
file(MAKE_DIRECTORY ${FOLDER})
function(write name)
  execute_process(COMMAND ${PROGRAM} ${ARGN} OUTPUT_FILE ${FOLDER}/${name} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
write(wattback.1 man)
write(wattback.bash completion bash)
write(_wattback completion zsh)
write(wattback.fish completion fish)
