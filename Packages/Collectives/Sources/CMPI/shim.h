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

/* Sends bytes to a process and receives as many from it. */
static inline int r1_mpi_trade(const void *own, void *theirs, int count, int rank, int tag) {
    return MPI_Sendrecv(own, count, MPI_BYTE, rank, tag, theirs, count, MPI_BYTE, rank, tag, MPI_COMM_WORLD,
                        MPI_STATUS_IGNORE);
}

/* `is_near[r]` becomes 1 for each process r of this one's machine, this one too, and 0 for the others. All processes
   call it. */
static inline int r1_mpi_neighbors(int rank, int size, unsigned char *is_near) {
    MPI_Comm machine;
    MPI_Group all, near;
    int code = MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &machine);
    if (code != MPI_SUCCESS) return code;
    code = MPI_Comm_group(MPI_COMM_WORLD, &all);
    if (code == MPI_SUCCESS) code = MPI_Comm_group(machine, &near);
    for (int other = 0; other < size && code == MPI_SUCCESS; other++) {
        int place = MPI_UNDEFINED;
        code = MPI_Group_translate_ranks(all, 1, &other, near, &place);
        is_near[other] = place != MPI_UNDEFINED;
    }
    if (code == MPI_SUCCESS) code = MPI_Group_free(&near);
    if (code == MPI_SUCCESS) code = MPI_Group_free(&all);
    return code == MPI_SUCCESS ? MPI_Comm_free(&machine) : code;
}

static inline int r1_mpi_finish(void) { return MPI_Finalize(); }

/* Ends all processes; the launcher exits with the code. */
static inline void r1_mpi_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

#endif
