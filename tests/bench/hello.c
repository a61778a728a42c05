/*
 * hello SOCKET: the smallest FastCGI responder there is, 200 for everything.
 * What auth_request asks and what a page costs at least are measured with it.
 */
#include <fcgiapp.h>
#include <stdio.h>
#include <stdlib.h>

enum { BACKLOG = 1024 };

int
main(int argc, char **argv)
{
    FCGX_Request request;
    int fd = -1;

    if (argc == 2 && FCGX_Init() == 0) {
        fd = FCGX_OpenSocket(argv[1], BACKLOG);
    }
    if (fd < 0 || FCGX_InitRequest(&request, fd, 0) != 0) {
        fprintf(stderr, "usage: hello SOCKET\n");
        return 2;
    }
    while (FCGX_Accept_r(&request) == 0) {
        FCGX_PutS("Content-Type: text/plain\r\n\r\nhello\n", request.out);
        FCGX_Finish_r(&request);
    }
    return EXIT_FAILURE;
}
