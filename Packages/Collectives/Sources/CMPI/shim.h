/* What Swift cannot reach in MPI's C interface: constants that are macros with casts. Every function is one call and
   returns MPI's code; the algorithms are written in Swift. */
#ifndef R1_CMPI_SHIM_H
#define R1_CMPI_SHIM_H

#include <mpi.h>

/* Two kinds of messages, which never match each other. */
enum { R1_MPI_DATA = 1, R1_MPI_NOTICE = 2 };
enum { R1_MPI_TEXT = MPI_MAX_ERROR_STRING };

/* Joins the other processes. Calls come from any thread, one at a time. Errors are returned instead of ending the
   processes. */
static inline int r1_mpi_start(int *rank, int *size, int *level) {
    int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, level);
    if (code == MPI_SUCCESS) code = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    if (code == MPI_SUCCESS) code = MPI_Comm_rank(MPI_COMM_WORLD, rank);
    if (code == MPI_SUCCESS) code = MPI_Comm_size(MPI_COMM_WORLD, size);
    return code;
}

static inline int r1_mpi_is_started(void) {
    int started = 0;
    return MPI_Initialized(&started) == MPI_SUCCESS && started;
}

static inline int r1_mpi_is_serialized(int level) { return level >= MPI_THREAD_SERIALIZED; }

/* The text of an error; `text` holds R1_MPI_TEXT bytes. */
static inline void r1_mpi_text(int code, char *text) {
    int length = 0;
    text[0] = 0;
    MPI_Error_string(code, text, &length);
}

static inline int r1_mpi_send(const void *bytes, int count, int rank, int tag, MPI_Request *request) {
    return MPI_Isend(bytes, count, MPI_BYTE, rank, tag, MPI_COMM_WORLD, request);
}

static inline int r1_mpi_receive(void *bytes, int count, int rank, int tag, MPI_Request *request) {
    return MPI_Irecv(bytes, count, MPI_BYTE, rank, tag, MPI_COMM_WORLD, request);
}

/* Lets messages move. `done` becomes 1 when the transfer is complete, `count` how many bytes a receive got. */
static inline int r1_mpi_test(MPI_Request *request, int *done, int *count) {
    MPI_Status status;
    *count = 0;
    int code = MPI_Test(request, done, &status);
    if (code == MPI_SUCCESS && *done) MPI_Get_count(&status, MPI_BYTE, count);
    return code;
}

/* Whether a message had more bytes than its buffer. */
static inline int r1_mpi_is_truncation(int code) {
    int kind = MPI_SUCCESS;
    return MPI_Error_class(code, &kind) == MPI_SUCCESS && kind == MPI_ERR_TRUNCATE;
}

/* Sends one byte without waiting for the end of the transfer. */
static inline int r1_mpi_notify(int notice, int rank) {
    static const unsigned char bytes[] = {0, 1, 2, 3, 4, 5, 6, 7};
    MPI_Request request;
    int code = MPI_Isend(&bytes[notice & 7], 1, MPI_BYTE, rank, R1_MPI_NOTICE, MPI_COMM_WORLD, &request);
    if (code == MPI_SUCCESS) code = MPI_Request_free(&request);
    return code;
}

/* Gives up a transfer that will not be waited for. */
static inline void r1_mpi_abandon(MPI_Request *request, int is_receive) {
    if (*request == MPI_REQUEST_NULL) return;
    if (is_receive) MPI_Cancel(request);
    MPI_Request_free(request);
}

/* `rank` becomes the sender of a message of this kind that has arrived, or -1. */
static inline int r1_mpi_find(int tag, int *rank) {
    int found = 0;
    MPI_Status status;
    int code = MPI_Iprobe(MPI_ANY_SOURCE, tag, MPI_COMM_WORLD, &found, &status);
    *rank = code == MPI_SUCCESS && found ? status.MPI_SOURCE : -1;
    return code;
}

/* Takes a message that has arrived. */
static inline int r1_mpi_take(void *bytes, int count, int rank, int tag) {
    return MPI_Recv(bytes, count, MPI_BYTE, rank, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

static inline int r1_mpi_finish(void) { return MPI_Finalize(); }

/* Ends all processes; the launcher exits with the code. */
static inline void r1_mpi_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

#endif
